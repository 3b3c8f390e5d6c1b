"""Who runs this, and what that user may do: open cameras, write the runtime directory."""

import getpass
import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon import runtime_directory
from drivermon.checking.findings import Finding, fail, ok, skipped, warn
from drivermon.errors import RuntimeDirectoryError

VIDEO_GROUP: Final = "video"


@dataclass(frozen=True, slots=True)
class User:
    """Who runs this.

    Attributes:
        name: of the user.
        is_root: may open everything.
        groups: names of the process's groups.
        has_video_group: the computer has a group `video`.

    """

    name: str
    is_root: bool
    groups: frozenset[str]
    has_video_group: bool


@dataclass(frozen=True, slots=True)
class RuntimeDirectory:
    """Where sockets and what outlives a restart lie.

    Attributes:
        path: `None` where the environment names none.
        mode: of the folder, `None` while it is not there.
        writable: this user can write in it; while it is not there, in the nearest folder above that is.
        in_memory: it lies on tmpfs or ramfs; `None` where that can't be told.

    """

    path: Path | None
    mode: int | None
    writable: bool
    in_memory: bool | None


def judge_user(user: User, needs_camera: bool) -> Finding:
    """Judge whether the user may open cameras; `needs_camera` says that the settings name one."""
    name = "group video"
    if not needs_camera:
        return skipped(name, "the source is no camera of this computer")
    if user.is_root:
        return ok(name, "root may open every camera; a service should have a user of its own")
    if VIDEO_GROUP in user.groups:
        return ok(name, f"{user.name} is in it")
    if not user.has_video_group:
        return skipped(name, "this computer has no such group; udev's rules say who may open a camera")
    remedy = f"sudo usermod -aG {VIDEO_GROUP} {user.name}, then log in again"
    return warn(name, f"{user.name} is not in it, and may not be let at a camera", remedy)


def judge_runtime_directory(folder: RuntimeDirectory) -> Finding:
    """Judge whether the daemon can keep its sockets there, and nobody else can get at them."""
    name = "runtime directory"
    if folder.path is None:
        remedy = (
            "start drivermon from a login session, which sets XDG_RUNTIME_DIR, "
            "or set RUNTIME_DIRECTORY to a private folder in memory"
        )
        return fail(name, "none: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set", remedy)
    path = folder.path
    if not folder.writable:
        remedy = "give it to the user who runs drivermon, or set RUNTIME_DIRECTORY to another folder"
        return fail(name, f"{path}: this user can't write there", remedy)
    if folder.mode is not None and folder.mode & stat.S_IWOTH:
        return fail(name, f"{path}: everybody may write there", f"chmod o-w {path}")
    if folder.mode is not None and folder.mode & stat.S_IROTH:
        return warn(name, f"{path}: everybody may look into it", f"chmod 0700 {path}")
    if folder.in_memory is False:
        remedy = "set RUNTIME_DIRECTORY to a folder under /run, which is kept in memory"
        return warn(name, f"{path} lies on a disk, which is written once a second", remedy)
    return ok(name, f"{path}, private" if folder.mode is not None else f"{path}, will be made")


def gather_user() -> User:
    """Ask the system."""
    numbers = {os.getegid(), *os.getgroups()}
    names = {group.gr_name: group.gr_gid for group in grp.getgrall()}
    return User(
        name=_user_name(),
        is_root=os.geteuid() == 0,
        groups=frozenset(name for name, number in names.items() if number in numbers),
        has_video_group=VIDEO_GROUP in names,
    )


def gather_runtime_directory(mounts: Path = Path("/proc/self/mounts")) -> RuntimeDirectory:
    """Look at it, and make nothing."""
    try:
        path = runtime_directory.locate()
    except RuntimeDirectoryError:
        return RuntimeDirectory(None, None, False, None)
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return RuntimeDirectory(
        path=path,
        mode=stat.S_IMODE(path.stat().st_mode) if path.exists() else None,
        writable=there.is_dir() and os.access(there, os.W_OK | os.X_OK),
        in_memory=_in_memory(there.resolve(), mounts.read_text("utf-8", "replace")),
    )


def _in_memory(folder: Path, mounts: str) -> bool | None:
    """Return whether the mount that holds `folder` is kept in memory, after the text of proc(5) mounts."""
    kinds = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split()
        kinds[point.replace("\\040", " ")] = kind
    for holder in (folder, *folder.parents):
        if str(holder) in kinds:
            return kinds[str(holder)] in {"tmpfs", "ramfs"}
    return None


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.geteuid())
