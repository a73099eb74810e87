#pragma once

#include "support/scratch_folder.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace foldline_tests {

/// A file of events, filled by hand and closed whenever the command line looks into it.
class club {
public:
    [[nodiscard]] std::string path() const { return (folder / "club.db").string(); }

    void store(const std::string& stream, foldline::event_data event) {
        foldline::sqlite::database file{path(), {.durable = foldline::sqlite::durability::off}};
        foldline::sqlite::sqlite_event_store events{file, time, ids};
        const auto result = events.append(foldline::append_request::to(
            foldline::stream_id::parse(stream), foldline::expected_version::any(), {std::move(event)}));
        REQUIRE(std::holds_alternative<foldline::appended>(result));
    }
    void store(const std::string& stream, const google::protobuf::Message& event, const foldline::metadata& meta = {}) {
        store(stream, foldline::testing::old_event(event, meta));
    }

    scratch_folder folder;
    foldline::testing::manual_clock time;
    foldline::testing::sequential_ids ids;
};

}  // namespace foldline_tests
