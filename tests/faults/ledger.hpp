#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_store.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace foldline_tests {

/// What a caller was told of one append.
enum class told { stored, nothing_stored, unknown };

/// How a store disagrees with what it told its callers. All of it is 0 for one that keeps its word.
struct disagreement {
    int lost = 0;   ///< told stored, and not there
    int dup = 0;    ///< there twice
    int gap = 0;    ///< positions or versions with a hole
    int half = 0;   ///< part of an append is there
    int ghost = 0;  ///< told not stored, or never asked for, and there
    int wrong = 0;  ///< elsewhere than told, or the same ids give another result

    [[nodiscard]] int total() const { return lost + dup + gap + half + ghost + wrong; }
    [[nodiscard]] std::string to_string() const;
    disagreement& operator+=(const disagreement& other);
};

/// Remembers what was asked of a store and what it answered, and compares that with what it holds.
///
/// confined.
class ledger {
public:
    /// The `number`-th append of a workload: some go to one stream, some to two; each second one has ids of its own.
    [[nodiscard]] static foldline::append_request request(int number);

    /// Appends, and notes the answer.
    void append(foldline::event_store& store, int number);
    void note(int number, told answer, foldline::appended result = {});

    /// Reads everything.
    [[nodiscard]] disagreement compare_log(const foldline::event_store& store) const;
    /// Reads everything, then sends every append with own ids again, which an honest store answers with the first result.
    [[nodiscard]] disagreement compare(foldline::event_store& store) const;

    [[nodiscard]] int count(told answer) const;

private:
    struct entry {
        told answer;
        foldline::appended result;
    };
    std::map<int, entry> entries_;
};

}  // namespace foldline_tests
