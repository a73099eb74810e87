#include "side_file.hpp"

#include "projection_tables.hpp"
#include "read_model_tables.hpp"
#include "table_copy.hpp"
#include "table_difference.hpp"

#include <foldline/core/assert.hpp>
#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

std::filesystem::path side_path(const database& file, std::string_view projection) {
    return file.file().string() + fmt::format(".{}.rebuild", projection);
}

bool stand_together(const projection_state& state) {
    return std::all_of(state.partitions.begin(), state.partitions.end(),
                       [&](const partition_state& each) { return each.position == state.partitions.front().position; });
}

}  // namespace

/// The database first: SQLite throws away a log that it finds without one, but would take a database without its log
/// for whole. If something stays, the next rebuild sees by its `build` that it is spent.
void remove_side_file(const database& file, std::string_view projection) {
    for (const char* part : {"", "-wal", "-shm", "-lock"}) {
        std::error_code ignored;
        std::filesystem::remove(side_path(file, projection).string() + part, ignored);
    }
}

std::unique_ptr<database> open_side_file(const database& file, std::string_view projection) {
    database_options options = file.options();
    options.mode = open_mode::create;
    options.who = writers::one;  // two rebuilds of one projection would mix
    // What a power cut takes from the end of it is built again; `off` could leave a torn file, and its rows be taken.
    options.durable = durability::normal;
    const auto path = side_path(file, projection);
    try {
        return std::make_unique<database>(path, options);
    } catch (const incompatible_store&) {
        // The power went while it was made. Whoever has one open has made it, so nobody has this one.
    } catch (const corrupt_data&) {
        // As above.
    }
    remove_side_file(file, projection);
    return std::make_unique<database>(path, options);
}

attached_side::attached_side(connection& db, const database& file, std::string_view projection) : db_(db) {
    const std::string path = side_path(file, projection).native();
    db_.prepare("attach ?1 as rebuilt").bind_text(1, path).run();
}

attached_side::~attached_side() {
    try {
        db_.execute("detach rebuilt");
    } catch (const std::exception&) {
        // The next rebuild cannot attach its own file then, and tells.
    }
}

std::vector<std::string> attached_side::tables(std::string_view projection) const {
    std::vector<std::string> names;
    statement rows = db_.prepare("select name from rebuilt.rm_tables where projection = ?1 order by name");
    rows.bind_text(1, projection);
    while (rows.step()) names.emplace_back(rows.text(0));
    return names;
}

void attached_side::take_over(const projection& projection) const {
    projection_tables ours{db_, read_model_registry};
    ours.require_free(projection);
    ours.drop(projection.name());
    const auto names = tables(projection.name());
    copy_tables(db_, "rebuilt", names);
    for (const std::string& name : names) ours.record(name, projection.name());
    take_state(projection.name());
    take_place(projection.name());
    take_parked(projection.name());
}

/// What an operator decided, and how often somebody changed the projection, is no part of what was built.
void attached_side::take_state(std::string_view projection) const {
    db_.prepare(
           "insert into main.rm_projections (name, version, store_id, history_id, definition, revision, paused, build) "
           "select name, version, store_id, history_id, definition, 1, 0, build from rebuilt.rm_projections "
           "where name = ?1 on conflict (name) do update set version = excluded.version, "
           "store_id = excluded.store_id, history_id = excluded.history_id, definition = excluded.definition, "
           "revision = revision + 1, build = excluded.build")
        .bind_text(1, projection)
        .run();
    FOLDLINE_ASSERT(db_.changes() == 1, "what was built beside was begun");
}

void attached_side::take_place(std::string_view projection) const {
    db_.prepare(
           "insert into main.rm_partitions (projection, segment, mask, position, reached_at, moved_at, epoch, beat, "
           "owner, process) select projection, segment, mask, position, reached_at, moved_at, 0, 0, null, '' "
           "from rebuilt.rm_partitions where projection = ?1 "
           "and not exists (select 1 from main.rm_partitions where projection = ?1)")
        .bind_text(1, projection)
        .run();
    // A rebuild is done by one worker, so its partitions, if there are several, stand at one place.
    db_.prepare(
           "update main.rm_partitions set position = built.position, reached_at = built.reached_at, "
           "moved_at = unixepoch() * 1000000, epoch = epoch + 1, owner = null, process = '' "
           "from (select min(position) as position, min(reached_at) as reached_at from rebuilt.rm_partitions "
           "where projection = ?1) as built where projection = ?1")
        .bind_text(1, projection)
        .run();
}

void attached_side::take_parked(std::string_view projection) const {
    db_.prepare("delete from main.rm_parked where projection = ?1").bind_text(1, projection).run();
    db_.prepare("insert into main.rm_parked select * from rebuilt.rm_parked where projection = ?1")
        .bind_text(1, projection)
        .run();
}

std::uint64_t attached_side::compare(std::string_view projection, function_ref<void(const row_difference&)> sink,
                                     std::size_t most) const {
    const auto present = projection_tables{db_, read_model_registry}.of(projection);
    const auto built = tables(projection);
    if (present != built)
        throw definition_error(
            fmt::format("projection {} has the tables {} in {}, and {} where it was built anew: rebuild it instead",
                        projection, fmt::join(present, ", "), db_.file().string(), fmt::join(built, ", ")));
    std::uint64_t differences = 0;
    for (const std::string& table : present) differences += compare_table(db_, "rebuilt", table, sink, most);
    return differences;
}

global_position require_comparable(connection& db, const projection& projection) {
    const auto present = find_projection(db, projection.name());
    if (!present)
        throw definition_error(
            fmt::format("projection {} has no rows in {} to compare with", projection.name(), db.file().string()));
    // Rows from before definitions were kept have an empty one; their columns are compared then.
    if (!present->definition.empty() && present->definition != definition_of(projection))
        throw definition_error(
            fmt::format("the rows of projection {} in {} are of another definition than the "
                        "program's: rebuild it instead",
                        projection.name(), db.file().string()));
    if (!stand_together(*present))
        throw invalid_request(
            fmt::format("the partitions of projection {} in {} stand at several positions; let them "
                        "catch up, and compare then",
                        projection.name(), db.file().string()));
    return present->partitions.front().position;
}

void require_built_to(const read_model_store& beside, std::string_view projection, global_position position) {
    const auto built = beside.find(projection);
    if (built && stand_together(*built) && built->partitions.front().position == position) return;
    throw invalid_request(
        fmt::format("projection {} was not built as far as position {} in {}, so nothing was compared", projection,
                    position.value, beside.place()));
}

}  // namespace foldline::inline v0::sqlite
