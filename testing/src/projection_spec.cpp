#include <foldline/testing/projection_spec.hpp>

#include "row_difference.hpp"

#include <foldline/core/assert.hpp>
#include <foldline/core/codec.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/projections/projector.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>
#include <variant>

namespace foldline::inline v0::testing {
namespace {

class scratch_folder {
public:
    scratch_folder() : path_((std::filesystem::temp_directory_path() / "foldline-spec-XXXXXX").string()) {
        if (!::mkdtemp(path_.data()))
            throw storage_error(errno, fmt::format("make the scratch folder {}", path_), std::strerror(errno));
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path operator/(std::string_view file) const {
        return std::filesystem::path(path_) / file;
    }

private:
    std::string path_;
};

sqlite::database_options undurable() {
    sqlite::database_options options;
    options.durable = sqlite::durability::off;
    return options;
}

/// An event that fails fails the specification.
projector_options stopping_at_failures() {
    projector_options options;
    options.on_failure = error_policy::stop();
    return options;
}

}  // namespace

past_event::past_event(const google::protobuf::Message& event) : event_(to_event(event)), stream_("spec", "1") {}

past_event& past_event::in(std::string_view stream) {
    stream_ = stream_id::parse(stream);
    return *this;
}

past_event& past_event::occurred(timestamp time) {
    event_.occurred_at = time;
    return *this;
}

struct projection_spec::world {
    explicit world(projection& tested) : projector(store, models, tested, stopping_at_failures()) {}

    manual_clock time;
    sequential_ids ids;
    memory_event_store store{time, ids};
    scratch_folder folder;
    sqlite::database file{folder / "rows.db", undurable()};
    sqlite::sqlite_read_models models{file};
    foldline::projector projector;
};

projection_spec::projection_spec(projection& tested) : world_(std::make_unique<world>(tested)) {}
projection_spec::~projection_spec() = default;

void projection_spec::append(past_event event) {
    const auto result = world_->store.append(
        append_request::to(std::move(event.stream_), expected_version::any(), {std::move(event.event_)}));
    FOLDLINE_ASSERT(std::holds_alternative<appended>(result), "an append that expects nothing succeeds");
}

projection_spec& projection_spec::then_rows(std::string_view query,
                                            std::initializer_list<std::initializer_list<expected_cell>> expected,
                                            const char* file, int line) {
    world_->projector.catch_up();
    row_difference difference{expected};
    world_->models.read(
        [&](sql_session& rows) { rows.each_row(query, [&](const sql_row& row) { difference.add(row); }); });
    if (!difference.is_empty())
        throw spec_failure(fmt::format("{}:{}: the rows are not those expected (- expected, + actual): {}\n{}", file,
                                       line, query, difference.to_string()));
    return *this;
}

}  // namespace foldline::inline v0::testing
