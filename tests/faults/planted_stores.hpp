#pragma once

#include "support/passing_store.hpp"

#include <foldline/core/event_store.hpp>

#include <map>
#include <memory>
#include <string>

namespace foldline_tests {

/// Checks the expectation of an append by reading, and stores it under none: two writers may both pass.
///
/// Threads: shared.
class occ_outside_store final : public passing_store {
public:
    using passing_store::passing_store;
    foldline::append_result append(const foldline::append_request& request) override;
};

/// Counts positions and versions in memory, before the append that may fail, and answers from there.
///
/// confined.
class cache_first_store final : public passing_store {
public:
    explicit cache_first_store(foldline::event_store& inner);
    foldline::append_result append(const foldline::append_request& request) override;

private:
    foldline::global_position position_;
    std::map<std::string, foldline::stream_version> versions_;
};

/// Needs memory once more when the append is stored already, and fails without it.
///
/// confined.
class told_late_store final : public passing_store {
public:
    using passing_store::passing_store;
    foldline::append_result append(const foldline::append_request& request) override;

private:
    std::unique_ptr<foldline::append_request> noted_;
};

}  // namespace foldline_tests
