#pragma once

#include <cstdint>

namespace foldline_tests {

/// What `foldline_fault_case` notes of an append as soon as it was answered.
struct case_note {
    std::int64_t number;
    std::int64_t answer;  ///< a `told`
    std::int64_t version;
    std::int64_t position;
};

/// How `foldline_fault_case` ends, if nobody ends it.
enum class case_end : int {
    done = 0,
    not_opened = 3,  ///< the store refused to open
    abandoned = 4,   ///< at the first append that was not stored, without closing anything
};

}  // namespace foldline_tests
