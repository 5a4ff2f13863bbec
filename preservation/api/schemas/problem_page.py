"""The kinds of problems, explained."""

from pydantic import Field

from preservation.api.schemas.shape import Shape, example


class ProblemPage(Shape):
    """A kind of problem."""

    model_config = example(
        type="/problems/not-found",
        title="There is no such thing",
        status=404,
        meaning="Nothing is known by this address.",
    )

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    meaning: str


class ProblemPages(Shape):
    """All of them."""

    items: list[ProblemPage]
