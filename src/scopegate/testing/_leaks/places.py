"""`Place`: where something is in an output."""

from attrs import frozen

_MOST_STEPS = 12


@frozen
class Step:
    """One step into an output.

    Attributes:
        text: How it is written where that reveals nothing it should not.
        safe: How it is written elsewhere.
    """

    text: str
    safe: str

    @classmethod
    def plain(cls, text: str) -> "Step":
        """Return a step whose text is ours, so that it reveals nothing."""
        return cls(text, text)


@frozen(eq=False, repr=False)
class Place:
    """A place in an output; the output as a whole has no step.

    Attributes:
        above: The place from which the step leads here.
        step: The step.
    """

    above: "Place | None" = None
    step: Step | None = None

    def to(self, step: Step) -> "Place":
        """Return the place one step below."""
        return Place(self, step)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The last steps that lead here; no more than can be read."""
        found: list[Step] = []
        here: Place | None = self
        while here and here.step and len(found) <= _MOST_STEPS:
            found.append(here.step)
            here = here.above
        if len(found) > _MOST_STEPS:
            found[-1] = Step.plain(" ... ")
        return tuple(reversed(found))

    @property
    def safe(self) -> str:
        """How the place is written without any name that the output has."""
        return "output" + "".join(step.safe for step in self.steps)
