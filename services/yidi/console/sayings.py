"""What the page itself says in English when something goes wrong, in Chinese; all else are phrases of the desk."""

import re
from typing import Final

from yidi.desk.chinese import chinese

OWN: Final = {
    "No id looks like this.": "编号不会是这个样子。",
    "Take it from a list.": "请从列表中打开。",
    "The address holds what cannot be read.": "地址中有无法识别的内容。",
    "Ask anew.": "请重新查询。",
    "There is no such page here.": "这里没有这个页面。",
    "Start from the front page.": "请从首页开始。",
    "This address only takes a form.": "这个地址只接收表单，不能直接打开。",
    "Open the page that the form stands on.": "请打开表单所在的页面。",
    "The page failed in a way that nobody foresaw.": "页面出现了意外故障。",
    "Its log says more.": "详情见日志。",
    "This form is too old, or not ours.": "表单已过期，或不是本站的表单。",
    "This is no form of ours.": "这不是本站的表单。",
    "The form is too large.": "表单过大。",
    "The form cannot be read.": "表单无法读取。",
    "Open the page again and repeat.": "请重新打开页面再试。",
    "The chain has not been looked at yet.": "尚未读取系统状态。",
    "The console has stopped looking at the chain.": "页面已停止读取系统状态。",
    "Start the chain with `yidi up`; the desk is a part of it. The rest of this console works without it.":
        "请用 `yidi up` 启动系统，错误台随之启动；其余页面不受影响。",
    "See the desk's log in the data directory.": "请查看数据目录中错误台的日志。",
    "No error desk is running here.": "这里没有运行错误台。",
    "No chain is running here.": "这里没有运行系统。",
    "Start one with `yidi up`.": "请用 `yidi up` 启动。",
    "It is asked again by itself.": "会自动重试。",
    "Check the id.": "请核对编号。",
    "Check the id: msgid, setl_id, mdtrt_id, psn_no and error_id are understood, each in full; the first eight "
    "characters of an error_id are for `yidi errors show`.":
        "请核对编号：须完整的 msgid、setl_id、mdtrt_id、psn_no 或 error_id；错误编号前八位用于 `yidi errors show`。",
}  # fmt: skip
FITTING: Final = (
    (re.compile(r"There is no key for the desk at (.+)\."), "没有错误台 {0} 的密钥。"),
    (re.compile(r"(.+) is no address of a desk\."), "{0} 里没有错误台的地址。"),
    (re.compile(r"No message on any topic carries the id (.+)\.", re.DOTALL), "没有任何报文带有编号 {0}。"),
    (re.compile(r"Kafka at (.+) does not answer\."), "{0} 的 Kafka 没有应答。"),
    (re.compile(r"The error desk at (.+) does not answer \((.+)\)\."), "错误台 {0} 没有应答（{1}）。"),
    (re.compile(r"The desk answered with HTTP (\d+)\."), "错误台的应答为 HTTP {0}。"),
    (re.compile(r"The search for (.+) took longer than (\d+) s\.", re.DOTALL), "查找 {0} 超过了 {1} 秒。"),
)


def in_chinese(words: str) -> str:
    """The Chinese of what the page, a service or the desk said; what is nobody's known words stays as it is."""
    if words in OWN:
        return OWN[words]
    for pattern, said in FITTING:
        match = pattern.fullmatch(words)
        if match is not None:
            return said.format(*match.groups())
    return chinese(words)
