"""
The pictures of the README: `python -m bench.screenshots` makes docs/images/evidence.png and compare.png.

One invented sample report is read and shown; for the comparison, short invented reports of six counties over three years.
Everything is read by the offline model through the program itself. It knows pages and a browser, and nothing of how they
are made.
"""

import asyncio
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from schemas.codebook import load_codebook
from schemas.extraction import Extraction
from service import load_settings, open_program, pages
from service.results.comparison import Comparer

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
SAMPLE = ROOT / "evals" / "reports" / "qitong-2023.txt"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
INDICATORS = ("administrative_review.accepted", "administrative_litigation.head_appearance_rate")
COUNTIES = {
    "云岭县": ((96, 41, 40), (118, 46, 46), (143, 52, 51)),
    "柏川县": ((88, 33, 31), (92, 35, 34), (104, 38, 38)),
    "临河县": ((132, 58, 55), (127, 60, 58), (151, 66, 66)),
    "青塘县": ((61, 19, 19), (70, 24, 23), (79, 27, 27)),
    "沅北县": ((74, 28, 25), (83, 31, 30), (97, 36, 35)),
    "石桥县": ((45, 16, 16), (52, 18, 17), (58, 21, 21)),
}
YEARS = (2021, 2022, 2023)


def report(county: str, year: int, figures: tuple[int, int, int]) -> str:
    accepted, cases, appeared = figures
    published = (
        f"发布时间：{year + 1}-03-{10 + len(county) + year % 7}\n"
        if county != "沅北县"
        else f"发布时间：{year + 1}-04-18\n"
    )
    duties = "二、党政主要负责人履行推进法治建设第一责任人职责情况\n县委、县政府主要负责人带头述法。\n"
    return (
        f"{county}人民政府关于{year}年法治政府建设情况的报告\n{published}"
        f"一、主要举措和成效\n（一）依法化解行政争议\n{year}年，全县共受理行政复议案件{accepted}件。"
        f"全年行政诉讼开庭{cases}件，行政机关负责人出庭应诉{appeared}件，出庭应诉率{appeared / cases * 100:.1f}%。\n"
        f"{duties if county != '青塘县' else ''}"
        "三、存在的不足和原因\n基层执法力量不足。\n四、下一年度主要安排\n持续推进行政复议规范化建设。\n"
    )


async def read_all() -> tuple[tuple[Extraction, str], list[tuple[str, Extraction, str]]]:
    async with open_program(load_settings(), use_cache=False) as program:
        loaded = program.load(SAMPLE.read_bytes(), SAMPLE.name)
        sample = (await program.extractor.extract(loaded), loaded.text)
        many = []
        for county, years in COUNTIES.items():
            for year, figures in zip(YEARS, years, strict=True):
                one = program.load(report(county, year, figures).encode(), f"{county}{year}.txt")
                many.append((f"{county}{year}", await program.extractor.extract(one), one.text))
        return sample, many


def main() -> None:
    (extraction, text), many = asyncio.run(read_all())
    codebook = load_codebook()
    work = ROOT / "out" / "screenshots"
    evidence = pages.write_evidence(work / "evidence.json", extraction, text, codebook)
    comparer = Comparer(codebook)
    for name, one, its_text in many:
        pages.write_evidence(work / f"{name}.json", one, its_text, codebook)
        comparer.add(one, its_text, f"{name}.html")
    pages.write_compare(work / "compare.html", comparer.compare(INDICATORS), codebook)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(evidence.as_uri())
        page.locator("main .ob[id]", has_text="%").nth(2).click()
        page.wait_for_timeout(900)
        page.screenshot(path=str(IMAGES / "evidence.png"))
        page.set_viewport_size({"width": 1440, "height": 1240})
        page.goto((work / "compare.html").as_uri())
        page.locator("details.figure summary").nth(1).click()
        page.screenshot(path=str(IMAGES / "compare.png"))
        browser.close()
    print(f"Pictures in {IMAGES}.", file=sys.stderr)


if __name__ == "__main__":
    main()
