"""What every section of the configuration is made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Share = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """Immutable; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def number(default: float, low: float, high: float, text: str) -> Any:
    """Return a setting that is a number from `low` to `high`; `text` has unit, meaning and source."""
    return Field(default, ge=low, le=high, description=text)
