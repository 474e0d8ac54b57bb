"""What the offline model says a number counts."""

import pytest

from schemas.outline import Span
from service.offline_model.names import name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("全年审议《甲市湿地保护条例、实施细则(草案)》等地方性法规2件", "地方性法规"),
        ("修订《甲市养犬管理办法》等文件3件", "修订《甲市养犬管理办法》等文件"),
        ("印发《甲市关于进一步规范行政执法监督工作、强化评查的通知》及配套制度4个", "及配套制度"),
        ("处理好4件《甲市湿地保护和修复管理条例》实施中的信访", "处理好"),
        ("受理行政复议案件5件", "受理行政复议案件"),
    ],
)
def test_a_name_never_begins_or_ends_inside_a_title(text: str, name: str) -> None:
    at = next(index for index, character in enumerate(text) if character.isdigit())
    assert name_of(text, [Span(at, at + 2)], 0) == name
