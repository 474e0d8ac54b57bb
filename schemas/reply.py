"""
The wire form of a model's reply: one object of arrays of strings. Shape only; meaning is `service.asking.validate`'s.

`observations`: "3 normative_documents.files_reviewed 审查市政府文件", then ` of=2`, ` aspect=part`, ` area=部门`, ` period=…` where they apply.
"""

from pydantic import BaseModel, ConfigDict


class Reply(BaseModel):
    """What the model sends for one part."""

    model_config = ConfigDict(extra="forbid")

    observations: list[str]
    not_statistics: list[int]
    documents: list[str]
    problems: list[int]
    plans: list[int]
    missed: list[str]
