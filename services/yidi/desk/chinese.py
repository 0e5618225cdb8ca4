"""What the desk says, in Chinese: every refusal and every line of a case's history, by the English it is said in.

A phrase's holes are `{}` in English (with a kind where anything would fit too much) and numbered in Chinese. A test
walks the desk's source and finds no refusal without a phrase. What is none of the desk's words (an operator's own
reason, a service's detail) stays as it was said.
"""

import re
from functools import lru_cache
from typing import Final

from yidi.desk.particulars import LEGS, PARTICULARS, WORDS
from yidi.desk.states import State

REMEMBERED_MAX: Final = 1_000

_STATES: Final = {
    State.OPEN: "待处理",
    State.TAKEN: "已认领",
    State.REPLAYING: "重放中",
    State.SETTLED: "已结清",
    State.REFUSED: "再次被拒",
    State.WAITING: "等待应答",
    State.DISCARDED: "已作废",
    State.PARKED: "已搁置",
    State.CLAIMED: "已转手工报销",
    State.TWICE: "重复支付",
}
_NAMES: Final = {
    **{state.value: word for state, word in _STATES.items()},
    "planned": "已计划",
    "running": "执行中",
    "stopped": "已停止",
    "done": "已完成",
    "ready": "可执行",
    "take": "认领",
    "hand": "移交",
    "discard": "作废",
    "restore": "恢复",
    "park": "搁置",
    "claim": "转手工报销",
    "amend": "更正",
    "replay": "重放",
    "recover": "追回",
    "filing": "备案",
    "enrolment": "参保",
    "item": "项目对照",
    "category": "费用类别对照",
    "opening": "开通业务",
    "connection": "医院联网",
    "selection": "选定机构",
    "qualification": "慢特病认定",
    "deposit": "账户划入",
    "plan": "作计划",
    "execute": "执行",
    "stop": "停止",
    "approve": "复核",
    "unmask": "显示完整信息",
    "batch": "批量试算",
    "execute batch": "执行批量",
    "stop batch": "停止批量",
    "mend filing": "补备案",
    "mend enrolment": "修复参保",
    "mend item": "对照项目",
    "mend category": "对照费用类别",
    "mend opening": "开通业务",
    "mend connection": "医院联网",
    "mend selection": "选定机构",
    "mend qualification": "慢特病认定",
    "mend deposit": "账户划入",
}
"""What may stand in a hole; anything else (an id, a name, a figure) stays as it is."""

PHRASES: Final = {
    # what happened ------------------------------------------------------------------------------------------------
    "{} is not possible: {}": "不能{0}：{1}",
    "It is being replayed.": "正在重放。",
    "A replay has no answer yet; it may still settle.": "一次重放还没有应答，仍可能结算。",
    "It is settled.": "已经结清。",
    "It is a manual claim now.": "已转为手工报销。",
    "It was discarded.": "已作废。",
    "It is parked: it was replayed as often as allowed.": "已搁置：重放次数已达上限。",
    "It is open.": "待处理。",
    "It is {}.": "它{0}。",
    "There is no fault code {}.": "没有错误码 {0}。",
    "To whom?": "交给谁？",
    "The case is {}.": "该错误{0}。",
    "The query is longer than {} characters.": "查询超过 {0} 个字符。",
    "The query has more than {} words.": "查询超过 {0} 个词。",
    "Not understood from here: {}.": "从这里开始看不懂：{0}。",
    "There is no field `{}`.": "没有字段 `{0}`。",
    "`{}:` says nothing.": "`{0}:` 后面是空的。",
    "There is no state `{}`.": "没有状态 `{0}`。",
    "`{}:{}` is no time.": "`{0}:{1}` 不是时间。",
    "`{}:` is yes or no.": "`{0}:` 只能是 yes 或 no。",
    "The key of the desk is missing or wrong.": "错误台的密钥缺失或不对。",
    "The desk is starting: {}": "错误台正在启动：{0}",
    "The desk is ending.": "错误台正在停止。",
    "The command is too large.": "命令太大。",
    "The command is no JSON.": "命令不是 JSON。",
    "The command is no JSON object.": "命令不是 JSON 对象。",
    "The reason is longer than {} characters.": "原因超过 {0} 个字符。",
    "A reason is needed.": "必须写明原因。",
    "There is no mend {}.": "没有补办 {0}。",
    "limit is {}.": "limit 为 {0}。",
    "{} is no cursor.": "{0} 不是游标。",
    "Nothing is grouped by {}.": "不能按 {0} 分组。",
    "The record does not say its {}.": "报文没有写明 {0}。",
    "{} is no day.": "{0} 不是日期。",
    "{} lies before {}.": "{0} 早于 {1}。",
    "The record does not say when the treatment began.": "报文没有写明就医何时开始。",
    "The registry knows no enrolment of this person there.": "登记系统没有此人在当地的参保。",
    "The registry knows no such institution.": "登记系统没有这家机构。",
    "The registry knows no such person.": "登记系统没有此人。",
    "The record names no chronic disease.": "报文没有写明慢特病病种。",
    "{} is no amount.": "{0} 不是金额。",
    "{} yuan cannot be paid in.": "不能划入 {0} 元。",
    "{} is no national fee category.": "{0} 不是国家费用类别。",
    "The hospital's own code is missing.": "缺少医院自己的编码。",
    "The national code is missing.": "缺少国家编码。",
    "Only an encounter can be amended, never what a service computed.": "只能更正就诊报文，不能更正系统算出的结果。",
    "The record cannot be read: {}.": "报文无法解析：{0}。",
    "{} cannot be changed.": "{0} 不可改。",
    "Amending is off here.": "此处已关闭更正。",
    "Nothing is changed.": "没有改动。",
    "The case has moved since the amendment was made.": "更正提出之后，该错误已有变动。",
    "There is no amendment {}.": "没有更正 {0}。",
    "Nothing is found.": "什么也没有找到。",
    "The batch is {}.": "该批次{0}。",
    "This cannot be undone.": "这不能撤销。",
    "There is no bulk {}.": "没有批量动作 {0}。",
    "There is no slip in {}.": "没有 {0} 的告知单。",
    "Use zh, en or both.": "可用 zh、en 或 both。",
    "A batch is made of a query, of ids, or of a batch that it undoes.": "批次由查询、所选或要撤销的批次组成。",
    "There is no batch {}.": "没有批次 {0}。",
    "Nothing is found to replay.": "没有可重放的。",
    "A plan is made of a query or of ids.": "计划由查询或所选组成。",
    "canary or rate is out of range.": "先试条数或速率超出范围。",
    "There is no plan {}.": "没有计划 {0}。",
    "The plan is {}.": "该计划{0}。",
    "The plan is still being foretold.": "该计划仍在预测。",
    "{} records (above {}) need a second person's approval.": "{0} 条（超过 {1} 条）需要另一个人复核。",
    "{} of the plan's cases have moved since it was made; {} is {} and {} has it.": (
        "计划提出之后有 {0} 条已变动；{1} {2}，由 {3} 负责。"
    ),
    "{} of the plan's cases have moved since it was made; {} is {}.": "计划提出之后有 {0} 条已变动；{1} {2}。",
    "Who asks cannot approve.": "提出的人不能复核。",
    "The settlement's outcome is not known yet: it may still be paid directly.": "结算结果还不知道，仍可能直接结算。",
    "{} may not do this: it needs the role {}.": "{0} 没有权限：需要角色 {1}。",
    "Nobody has this token.": "没有人用这个令牌。",
    "This is no name of a person.": "这不是人名。",
    "Kafka does not answer: {}.": "Kafka 没有应答：{0}。",
    "{} is too short for an id.": "{0} 作为编号太短。",
    "The desk knows no error {}.": "错误台没有错误 {0}。",
    "Several errors begin with {}.": "有几条错误以 {0} 开头。",
    "{} has this case.": "该错误由 {0} 负责。",
    "The case has moved meanwhile: it is {}, {} has it.": "该错误同时已有变动：{0}，由 {1} 负责。",
    "The case has moved meanwhile: it is {}.": "该错误同时已有变动：{0}。",
    "{} is no text.": "{0} 不是文本。",
    "{} is no number.": "{0} 不是数字。",
    "ids is no list of ids.": "ids 不是编号列表。",
    "changes is no object.": "changes 不是对象。",
    "{} is no {}.": "{0} 不是有效的 {1}。",
    # what to do ---------------------------------------------------------------------------------------------------
    "Wait for the outcome; `yidi errors show` follows it.": "等待结果；`yidi errors show` 可以跟踪。",
    "Wait, or replay it: it cannot settle twice.": "等待，或再重放：不会结算两次。",
    "Nothing is left to do.": "没有要做的了。",
    "What is claimed is never replayed: it would be paid twice.": "手工报销的不再重放，否则会付两次。",
    "Restore it first: `yidi errors restore`.": "先恢复：`yidi errors restore`。",
    "Restore it first, once the cause is mended.": "病因消除之后先恢复。",
    "Nothing has to be undone.": "没有要撤销的。",
    "See `{}` for all of them.": "全部见 `{0}`。",
    "See `{}` for those there are.": "现有的见 `{0}`。",
    "Name the person with --to.": "用 --to 写明交给谁。",
    "Look at it with `yidi errors show`.": "用 `yidi errors show` 查看。",
    "Ask for less at once.": "一次少问一些。",
    "Is a quotation mark missing?": "是不是少了引号？",
    "Did you mean `{}:`?": "是不是 `{0}:`？",
    "There are {}, unsolved and any.": "有 {0}、unsolved、any。",
    "There are {}.": "有 {0}。",
    "Write `{}:something`.": "写成 `{0}:内容`。",
    "Write 2h, 3d, or (but for age) a day such as 2026-11-20.": "写成 2h、3d，或（age 除外）日期如 2026-11-20。",
    "Write `{}:yes`.": "写成 `{0}:yes`。",
    "It is in desk.json in its data directory, or what YIDI_DESK_KEY was there.": (
        "它在数据目录的 desk.json 里，或是那里的 YIDI_DESK_KEY。"
    ),
    "The error desk at {} does not answer ({}).": "{0} 的错误台没有应答（{1}）。",
    "Start the chain with `yidi up`; the desk is a part of it. The rest of this console works without it.": (
        "用 `yidi up` 启动，错误台随之启动。本控制台其余部分不靠它也能用。"
    ),
    "The desk answered with HTTP {}.": "错误台以 HTTP {0} 应答。",
    "See the desk's log in the data directory.": "见数据目录中错误台的日志。",
    "it reads what lies there.": "正在读取已有的内容。",
    "Ask again when it runs.": "等它运行之后再问。",
    "At most {} bytes.": "最多 {0} 字节。",
    "Send one JSON object.": "发送一个 JSON 对象。",
    "Say it shorter.": "写短一些。",
    "Say why, with --reason.": "写明为什么（--reason）。",
    "See `{}`.": "见 `{0}`。",
    "Use 1 to {}, and `after` for the next page.": "用 1 到 {0}；下一页用 `after`。",
    "Take it from `next` of the page before.": "取自上一页的 `next`。",
    "Use {}.": "可用 {0}。",
    "This case cannot be mended from here.": "这条错误不能在这里补办。",
    "Write it as 2026-11-20.": "写成 2026-11-20。",
    "Give a later last day, or none.": "终止日期写晚一些，或留空。",
    "Give the first day.": "写明生效日期。",
    "Use one of {}.": "可用 {0}。",
    "The agency has to enrol them first.": "经办机构须先为其办理参保。",
    "Check fixmedins_code of the record.": "检查报文的 fixmedins_code。",
    "Check psn_no of the record.": "检查报文的 psn_no。",
    "Give its code, such as M03900.": "写明病种编码，如 M03900。",
    "Write yuan, such as 120.50.": "以元书写，如 120.50。",
    "0.01 to {}, two decimals.": "0.01 到 {0}，两位小数。",
    "They are 01 to 14.": "只有 01 到 14。",
    "A mapping has two sides: give `from` and `to`.": "对照有两边：`from` 和 `to` 都要写。",
    "Correct it at its source.": "在来源处更正。",
    "Its sender has to send it anew.": "须由发送方重新发送。",
    "See the form: `yidi errors amend ID` without changes.": "见表单：不带改动的 `yidi errors amend ID`。",
    "Start the chain with YIDI_DESK_AMEND=1 in its environment.": "启动时在环境中设 YIDI_DESK_AMEND=1。",
    "Correct it and look at the diff again.": "改正后再看差异。",
    "Make it again.": "重新提出。",
    "Look with `yidi errors list` and the same query.": "用同样的查询看 `yidi errors list`。",
    "Make another one for what is left.": "余下的另作一个。",
    "Only a running batch is stopped.": "只能停止执行中的批次。",
    "Only {} can.": "只有 {0} 可以。",
    "Give one of them.": "三者给一。",
    "Give one of the two.": "二者给一。",
    "canary is 0 or more, rate is 1 to {} a second.": "先试条数不小于 0，速率为每秒 1 到 {0} 条。",
    "Look at it in a moment: `yidi errors plan`.": "稍后再看：`yidi errors plan`。",
    "Ask somebody with the role approve: `{}`.": "请有复核角色的人：`{0}`。",
    "Make the plan again and look at what it says now.": "重新作计划，看现在怎么说。",
    "Only a running plan is stopped.": "只能停止执行中的计划。",
    "Four eyes are needed: ask somebody else.": "须双人复核：请另一个人。",
    "Ask or reverse it first (`yidi query`, `yidi reverse`), then claim.": (
        "先查询或冲正（`yidi query`、`yidi reverse`），再转手工报销。"
    ),
    "Ask somebody who has it, or get another role.": "请有此角色的人，或取得此角色。",
    "Ask somebody who has it, or get a token: `{}`.": "请有此角色的人，或用令牌：`{0}`。",
    "The registry knows no region {}, and no error names it.": "登记系统没有地区 {0}，也没有错误涉及它。",
    "Near it: {}.": "相近的：{0}。",
    "Regions with errors: `{}`; write a code, or its first digits.": "有错误的地区：`{0}`；写区划代码或其前几位。",
    "Who may: {}.": "可以办的人：{0}。",
    "Nobody else may yet; a token makes somebody: `{}`.": "现在没有别人可以办，要发令牌：`{0}`。",
    "Ask somebody who has it, or get {}.": "请有此角色的人，或取得 {0}。",
    "Check it, or leave it out to act as the system's user.": "检查令牌，或不用令牌、以系统用户身份操作。",
    "Use 1 to {} printable characters.": "用 1 到 {0} 个可打印字符。",
    "See whether the broker runs; try again.": "看看 Kafka 是否在运行，再试一次。",
    "Give at least its first four characters.": "至少写前四个字符。",
    "Take the id from `yidi errors list`.": "编号取自 `yidi errors list`。",
    "Give more of the id.": "编号多写几个字符。",
    "Ask {} to hand it on: `yidi errors hand`. The role approve takes it over, with a reason.": (
        "请 {0} 移交：`yidi errors hand`；有复核权限的人可写明理由接管。"
    ),
    "It was settled though it was claimed by hand.": "已转手工报销又直接结算。",
    "Recover one of the two payments, then say so: `yidi errors recover ID --reason …`.": (
        "先追回其中一笔，再登记：`yidi errors recover ID --reason …`。"
    ),
    "attempt {} was sent past the desk: no plan and no action explains it": (
        "第 {0} 次尝试绕过错误台发出：没有计划，也没有操作记录"
    ),
    "The desk knows nobody called {}.": "错误台不认识 {0}。",
    "It knows {}. Make one: `yidi errors token NAME`.": "已知：{0}。新建：`yidi errors token 姓名`。",
    "It heals no error that the desk knows: {}": "此补办不能消除任何已知错误：{0}",
    "Nothing was sent. To send it all the same: --anyway.": "未发送。仍要发送：--anyway。",
    "Nothing was sent. Give other --begin, --end or --type.": "未发送。请改用其他日期或备案类型。",
    "The registry would refuse it: {}.": "备案系统会拒绝：{0}。",
    "A commitment letter is not accepted {}.": "此时不接受承诺书（{0}）。",
    "Name the proof that was shown: --proof.": "请写明所出示的证明材料：--proof。",
    "Look at it again, then decide.": "再看一次，然后决定。",
    "Send it as a string.": "以字符串发送。",
    "Send a whole number.": "发送整数。",
    "Send a list of strings.": "发送字符串列表。",
    "Send field names with their new values.": "发送字段名和新值。",
    # a case's history, and why a plan or a batch left something alone -------------------------------------------------
    "to {}: {}": "交给 {0}：{1}",
    "{}; until {DAY}": "{0}；截止 {1}",
    "{} amends it: {}": "由 {0} 更正：{1}",
    "{} of the person: {}": "本人的{0}：{1}",
    "{} of the region: {}": "该统筹区的{0}：{1}",
    "{} of the institution: {}": "该机构的{0}：{1}",
    "{} of the dialect: {}": "该医院编码的{0}：{1}",
    "mended: {}": "已补办：{0}",
    "{} under attempt {}": "{0}（第 {1} 次）",
    "{CODE} at {CODE} (attempt {}): {}": "{0}，环节{1}（第 {2} 次）：{3}",
    "{CODE} at {CODE}: {}": "{0}，环节{1}：{2}",
    "parked: refused after {} replays": "已搁置：重放 {0} 次后仍被拒",
    "It was settled though it was claimed by hand: recover one of the two payments.": (
        "已转手工报销却又结算了：须追回其中一笔。"
    ),
    "no answer in time; it may still settle": "没有及时应答，仍可能结算",
    "no answer in time; it is still followed": "没有及时应答，继续跟踪",
    "attempt {} of plan {}, approved by {}": "计划 {1} 的第 {0} 次，由 {2} 复核",
    "attempt {} of plan {}": "计划 {1} 的第 {0} 次",
    "a replay was refused again, or has no answer; what is left was not sent": (
        "有重放再次被拒或没有应答；余下的没有发送"
    ),
    "stopped by {}": "由 {0} 停止",
    "it has moved: it is {}, {} has it": "已变动：{0}，由 {1} 负责",
    "it has moved: it is {}": "已变动：{0}",
    "it is yours already": "已经由你负责",
    "as asked": "按要求",
    "only the first {} are foretold": "只预测前 {0} 条",
    "the record has no key or no value, or it was too large for its report": "报文没有键或值，或对报告而言太大",
    "it was tried {} times": "已试过 {0} 次",
    "the report names no source": "报告没有写明来源",
    "applied; {} ready to replay": "已应用；{0} 可重放",
    "nothing to change: the registry says so already; {} ready to replay": "无需改动：登记系统已是如此；{0} 可重放",
    "nothing to change: the registry says so already": "无需改动：登记系统已是如此",
    "1 case is": "1 条",
    "{} cases are": "{0} 条",
    "taken by {}": "由 {0} 认领",
    "handed to {}": "移交给 {0}",
    "claimed, until {}": "已转手工报销，截止 {0}",
    "released": "已恢复",
    # where a field does not fit its schema -------------------------------------------------------------------------
    "{VALUE}, not {VALUE}": "是 {0}，应为 {1}",
    "{VALUE}, none of {}": "是 {0}，只能是 {1}",
    "{} does not fit into an Avro {}": "{0} 超出 {1} 的范围",
    "missing": "缺失",
    "the schema has no such field": "报文格式没有这个字段",
    # results of operators' actions ---------------------------------------------------------------------------------
    "{} of {} would be replayed": "{1} 条中将重放 {0} 条",
    "executing {} replays": "执行 {0} 条重放",
    "dry run: would heal {}": "试算：可解决 {0} 条",
    "requested: would heal {}": "已申请：可解决 {0} 条",
    "unchanged: would heal {}": "无需改动：可解决 {0} 条",
    "dry run: {} fields": "试算：{0} 个字段",
    "{} waits for approval": "{0} 待复核",
    "{} sent": "{0} 已发送",
    "approved": "已复核",
    "approved and sent": "已复核并发送",
    "shown in full": "已完整显示",
    "{}: {} of {} would be done": "{0}：{2} 条中将处理 {1} 条",
    "{} of {} cases": "{0} {1} 条",
    "{} (batch {})": "{0}（批次 {1}）",
    "conflict: {}": "冲突：{0}",
    "denied: {}": "没有权限：{0}",
    "bad_request: {}": "请求有误：{0}",
    "bad_query: {}": "查询有误：{0}",
    "bad_token: {}": "令牌有误：{0}",
    "not_found: {}": "没有找到：{0}",
    "kafka: {}": "Kafka：{0}",
}


_SENTENCES: Final = re.compile(r"(?<=[.?])(?: )")
_HOLE: Final = re.compile(r"\{([A-Z]*)\}")
_COUNTED: Final = re.compile(r"(?<=\\ )(line|record|case|replay|field|time|byte)s\b")
_KINDS: Final = {"": r"(.+?)", "CODE": r"([A-Z][A-Z_]+)", "DAY": r"([\d-]{10}|None)", "VALUE": r"(\w+(?: -?[\d.]+)?)"}


def _pattern(phrase: str) -> re.Pattern[str]:
    """Text and kinds of holes take turns."""
    parts = _HOLE.split(phrase)
    return re.compile("".join(_KINDS[p] if nr % 2 else _either(re.escape(p)) for nr, p in enumerate(parts)), re.DOTALL)


def _either(text: str) -> str:
    """The text with what is counted in the plural, as phrases have it, or in the singular."""
    return _COUNTED.sub(r"\1s?", text).replace("categories", "categor(?:y|ies)")


_PATTERNS: Final = [
    (_pattern(phrase), said)
    for phrase, said in sorted(
        {**PARTICULARS, **LEGS, **PHRASES}.items(), key=lambda one: len(_HOLE.sub("", one[0])), reverse=True
    )
]
"""The most particular phrase first."""


@lru_cache(REMEMBERED_MAX)
def chinese(words: str) -> str:
    """What the desk says, in Chinese; a sentence that is none of the desk's stays as it is."""
    name = _NAMES.get(words) or WORDS.get(words)
    if name is not None:
        return name
    if words in PHRASES:
        return PHRASES[words]
    for pattern, said in _PATTERNS:
        match = pattern.fullmatch(words)
        if match is not None:
            return said.format(*(chinese(hole) for hole in match.groups()))
    sentences = _SENTENCES.split(words)
    return words if len(sentences) == 1 else " ".join(map(chinese, sentences))
