"""Writes the results tables of README and docs from results/*.json: no figure is typed by hand."""

import json
from pathlib import Path

from benchmarks import claims, claims_agents, claims_languages, claims_robots
from benchmarks.record import RESULTS

ROOT = RESULTS.parent.parent
_CLAIMS = (
    *claims.CLAIMS,
    *claims_robots.CLAIMS,
    *claims_agents.CLAIMS,
    *claims_languages.CLAIMS,
)
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"


def _table(language: str) -> str:
    head = {
        "english": ("Work", "Reached", "Beside it"),
        "chinese": ("任务", "达到", "对照"),
    }[language]
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|"]
    for claim in _CLAIMS:
        path = RESULTS / f"{claim.benchmark}.json"
        if not path.exists():
            continue
        figures = json.loads(path.read_text())["figures"]
        if not set(claim.settings) <= figures.keys():
            continue
        beside = claim.beside(figures)
        if language == "chinese":
            for word, translated in _CHINESE.items():
                beside = beside.replace(word, translated)
        cells = (getattr(claim, language), claim.ours(figures), beside)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


_CHINESE = {
    "expected calibration error": "期望校准误差",  # before "ratio", which is in it
    "longest suffix": "最长后缀规则",
    "ours over it, points": "高出的百分点",
    "lemma among the candidates": "正确词元在候选之中",
    "without a gradient step": "不做梯度步",
    "without meta-training": "不经元训练",
    "plain window classifier": "普通窗口分类器",
    "neural baseline of the task after 800 words": "该任务的神经基线（800 个词）",
    "the neural baseline trains for minutes to hours": "神经基线训练需数分钟至数小时",
    "limit": "极限",
    "told the physics": "被告知物理参数",
    "without memory": "没有记忆",
    "known model": "已知模型",
    "bayes-optimal": "贝叶斯最优",
    "finite-horizon Gittins": "有限时域 Gittins",
    "random": "随机",
    "greedy": "贪心",
    "RecurrentPPO of sb3-contrib": "sb3-contrib 的 RecurrentPPO",
    "ratio": "倍数",
    "published": "已发表",
    "trained in": "训练用时",
    "at 10 shots": "10 个样本时",
    "÷ that of random intercepts and slopes": "÷ 随机截距与斜率模型的误差",
    "a model that does not adapt": "不适应的模型",
    "body told the damage": "被告知损伤的模型",
    "body taken for whole": "视为完好的模型",
    "true simulator": "真实模拟器",
    "best of the simple classifiers": "简单分类器中的最佳者",
    "on the sentence encoder alone": "仅用句子编码器",
    " of the probability to be in scope": "（属于十种意图的概率）",
    ", of the intents in scope": "，意图概率",
    "logistic regression": "逻辑回归",
    "nearest centroid": "最近质心",
    "encoder and letters": "编码器与字母",
    "letters": "字母",
    "sentence encoder": "句子编码器",
    ", gain": "，增益",
    "before any moment": "读取之前",
    "true model": "真实模型",
    "nearest neighbours": "最近邻",
    "cloned from scratch": "从零开始的行为克隆",
    "pooled policy": "合并训练的策略",
    "expert": "专家",
    "nominal model": "标称模型",
    "nominal grasp": "标称抓取",
    "nearest neighbour": "最近邻",
    "its correction": "最近邻的修正量",
    "oracle": "已知全部隐藏量",
    "after 1 / 2 / 3 / 5 / 10": "（读取 1 / 2 / 3 / 5 / 10 次之后）",
    "feedback alone": "仅反馈",
    " of a control step": "的单步控制时间",
    "99th percentile": "第 99 百分位",
    "the same network in PyTorch": "同一网络的 PyTorch 实现",
    "smallest eigenvalue of the covariance": "协方差的最小特征值",
}


def write(path: Path, language: str) -> None:
    """Put the table between the markers of a document."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}\n{_table(language)}\n{END}{after}", encoding="utf-8")


def main():
    write(ROOT / "README.md", "english")
    write(ROOT / "README.zh-CN.md", "chinese")
    write(ROOT / "docs/results.md", "english")


if __name__ == "__main__":
    main()
