"""What is found out once in a run."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from flowctl.engine.bulk.memo import Answers, Memo


def test_what_two_threads_ask_for_at_once_is_made_once():
    memo, of, made = Memo(), object(), []
    both = threading.Barrier(2)

    def make():
        time.sleep(0.01)
        made.append(1)
        return len(made)

    def ask():
        both.wait()
        return memo.once(of, "index", make)

    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(ask) for _ in range(2)]]

    assert (found, made) == ([1, 1], [1])


def test_of_each_thing_something_else_is_made():
    memo, some = Memo(), [object() for _ in range(100)]

    assert [memo.once(one, "at", lambda at=at: at) for at, one in enumerate(some)] == list(range(100))


def test_only_so_many_answers_are_kept():
    asked = []
    answers = Answers(most=3)

    def find(key):
        asked.append(key)
        return key * 2

    assert [answers.all_of(range(n), find) for n in (4, 2, 2)] == [[0, 2, 4, 6], [0, 2], [0, 2]]
    assert asked == [0, 1, 2, 3, 0, 1]  # too many after the first four, so they were forgotten
