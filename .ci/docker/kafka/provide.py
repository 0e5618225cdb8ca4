"""Puts the embedded broker's own jars and Java into a build context: `provide.py CONTEXT`."""  # noqa: INP001 — a script of its own

import shutil
import sys
from pathlib import Path

from yidi.broker.cache import cache_root, kafka_home
from yidi.broker.jars import provide_jars
from yidi.broker.java import find_java
from yidi.broker.pins import load_pins

context = Path(sys.argv[1])
pins = load_pins()
(context / "libs").mkdir()
for jar in provide_jars(kafka_home(cache_root(), pins), pins):
    shutil.copy(jar, context / "libs")
shutil.copytree(find_java().path.resolve().parent.parent, context / "java", symlinks=True)
