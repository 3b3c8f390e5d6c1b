"""The face networks: a detector that finds one large face, and a follower that measures it."""
