// The judges of many writers and of followers are themselves judged: each kind of lie has to show, and the truth not.

#include "writer_check.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace {

using namespace foldline_tests;

/// Two writers and one stream. Writer 0 stores one event, then two; writer 1 expects the empty stream and meets a
/// conflict, then stores one event behind the others.
struct honest_story {
    std::vector<write_record> records{
        append(0, 0, 1, 0, {10, 20}, write_answer::stored, 1, 1),
        append(1, 0, 1, 0, {15, 30}, write_answer::conflict, 1, 0),
        append(0, 1, 2, 1, {25, 40}, write_answer::stored, 3, 3),
        append(1, 1, 1, write_record::any, {50, 60}, write_answer::stored, 4, 4),
    };
    std::vector<read_record> log{event(1, 0, 0, 0), event(2, 0, 1, 0), event(3, 0, 1, 1), event(4, 1, 1, 0)};

    [[nodiscard]] writer_verdict judge() const { return judge_writers(records, log); }

    static write_record append(std::int32_t writer, std::int32_t number, std::int32_t events, std::int64_t expected,
                               std::pair<std::int64_t, std::int64_t> time, write_answer answer, std::int64_t version,
                               std::int64_t position) {
        return {writer, number, 0, events, expected, time.first, time.second, answer, 0, version, position};
    }
    static read_record event(std::int64_t position, std::int32_t writer, std::int32_t number, std::int32_t index) {
        return {position, position, 0, {writer, number, index}};
    }
};

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("writer check: the truth is believed") {
        const honest_story story;
        CHECK(story.judge().found.to_string() == disagreement{}.to_string());
        CHECK(story.judge().reordered == 0);
        CHECK(judge_follower(story.log, story.log).found.total() == 0);
    }

    TEST_CASE("writer check: an acknowledged append that is absent is lost, and its half is a half") {
        honest_story story;
        story.log.pop_back();
        CHECK(story.judge().found.lost == 1);
        story.log.pop_back();
        CHECK(story.judge().found.half == 1);
    }

    TEST_CASE("writer check: a refused append that is present is a ghost, an unanswered one may be there") {
        honest_story story;
        story.records[3].answer = write_answer::nothing_stored;
        CHECK(story.judge().found.ghost == 1);
        story.records[3].answer = write_answer::unknown;
        CHECK(story.judge().found.total() == 0);
        story.records.pop_back();
        CHECK(story.judge().found.ghost == 1);
    }

    TEST_CASE("writer check: a version that comes twice is a double, one that is left out a gap") {
        honest_story twice;
        twice.log[3].version = 3;
        CHECK(twice.judge().found.dup == 1);
        honest_story left_out;
        left_out.log[3].version = 5;
        CHECK(left_out.judge().found.gap == 1);
        honest_story position;
        position.log[3].position = 5;
        CHECK(position.judge().found.gap == 1);
    }

    TEST_CASE("writer check: an append elsewhere than told or than expected is wrong") {
        honest_story told;
        told.records[2].position = 4;
        CHECK(told.judge().found.wrong == 1);
        honest_story expected;
        expected.records[2].expected = 0;
        CHECK(expected.judge().found.wrong == 1);
        honest_story apart;
        std::swap(apart.log[1].mark, apart.log[2].mark);
        CHECK(apart.judge().found.wrong > 0);
    }

    TEST_CASE("writer check: a conflict without a competitor is wrong, and one that tells an old or a future version") {
        honest_story unprovoked;
        unprovoked.records[1].expected = 1;  // where the stream was, by its own answer
        CHECK(unprovoked.judge().found.wrong == 1);
        honest_story of_any;
        of_any.records[1].expected = write_record::any;
        CHECK(of_any.judge().found.wrong == 1);
        honest_story future;
        future.records[1].version = 4;  // stored by an append that began when this one had ended
        CHECK(future.judge().found.wrong == 1);
        honest_story old;
        old.records[1].begun_ns = 45;  // the stream had long been at 3
        old.records[1].ended_ns = 48;
        CHECK(old.judge().found.wrong == 1);
    }

    TEST_CASE("writer check: an append that had ended before an earlier one in the log began is out of order") {
        honest_story story;
        story.records[3].begun_ns = 1;
        story.records[3].ended_ns = 5;
        CHECK(story.judge().reordered == 2);
    }

    TEST_CASE("writer check: what a follower misses, meets twice, out of order or otherwise shows") {
        const honest_story story;
        auto followed = story.log;
        followed.erase(followed.begin() + 1);
        CHECK(judge_follower(followed, story.log).found.lost == 1);
        followed = story.log;
        followed.push_back(followed.back());
        CHECK(judge_follower(followed, story.log).found.dup == 1);
        followed = story.log;
        std::swap(followed[1], followed[2]);
        CHECK(judge_follower(followed, story.log).reordered == 1);
        followed = story.log;
        followed[2].mark.index = 7;
        CHECK(judge_follower(followed, story.log).found.wrong == 1);
        followed.push_back(honest_story::event(5, 9, 9, 0));
        CHECK(judge_follower(followed, story.log).found.wrong == 2);
    }
}
