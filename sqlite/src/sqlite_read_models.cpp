#include <foldline/sqlite/sqlite_read_models.hpp>

#include "access_rules.hpp"
#include "dead_letter_rows.hpp"
#include "lease_rows.hpp"
#include "pool.hpp"
#include "projection_tables.hpp"
#include "read_model_session.hpp"
#include "read_model_tables.hpp"
#include "side_file.hpp"
#include "sql_session.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

void forget(connection& db, std::string_view projection) {
    projection_tables{db, read_model_registry}.drop(projection);
    forget_rows(db, projection);
}

}  // namespace

struct sqlite_read_models::parts {
    explicit parts(database& shared)
        : file(shared), readers([this] { return file.open_reader(); }), leases(file, readers), letters(file, readers) {
        require_read_model_tables(file);
    }
    explicit parts(std::unique_ptr<database> own) : parts(*own) { owned = std::move(own); }

    std::unique_ptr<database> owned;  // where this is a rebuild's; before the readers, which are closed first
    database& file;
    mutable pool<connection> readers;
    sqlite_lease_store leases;
    sqlite_dead_letter_store letters;
};

sqlite_read_models::sqlite_read_models(database& file) : parts_(std::make_unique<parts>(file)) {}
sqlite_read_models::sqlite_read_models(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
sqlite_read_models::~sqlite_read_models() = default;

std::string sqlite_read_models::place() const { return parts_->file.file().string(); }

std::vector<projection_state> sqlite_read_models::projections() const {
    const auto reader = parts_->readers.take();
    const read_transaction same_rows{*reader};
    return find_projections(*reader);
}

std::optional<projection_state> sqlite_read_models::find(std::string_view projection) const {
    const auto reader = parts_->readers.take();
    const read_transaction same_rows{*reader};
    return find_projection(*reader, projection);
}

void sqlite_read_models::create(const projection& projection, const store_identity& source,
                                std::span<const partition> whole, if_present there) {
    require_projection_name(projection.name());
    write_lease lease = parts_->file.lease_writer();
    in_transaction(lease, [&](connection& db) {
        // Two that start at once have both seen that it is not there.
        if (there == if_present::leave && find_projection(db, projection.name())) return;
        projection_tables tables{db, read_model_registry};
        tables.require_free(projection);
        tables.drop(projection.name());
        tables.make(projection);
        begin_rows(db, projection, source, whole);
    });
}

void sqlite_read_models::remove(std::string_view projection) {
    write_lease lease = parts_->file.lease_writer();
    in_transaction(lease, [&](connection& db) { forget(db, projection); });
}

void sqlite_read_models::pause(std::string_view projection, bool paused) {
    write_lease lease = parts_->file.lease_writer();
    in_transaction(lease, [&](connection& db) {
        db.prepared("update main.rm_projections set paused = ?2, revision = revision + 1 where name = ?1")
            .bind_text(1, projection)
            .bind(2, std::int64_t{paused})
            .run();
        if (db.changes() == 0)
            throw definition_error(fmt::format("projection {} has no rows in {}, so there is nothing to {}", projection,
                                               place(), paused ? "pause" : "resume"));
    });
}

std::unique_ptr<read_model_session> sqlite_read_models::begin(std::span<const partition_claim> claims) {
    return std::make_unique<sqlite_read_model_session>(parts_->file, parts_->readers, claims);
}

void sqlite_read_models::read(function_ref<void(sql_session&)> use) const {
    const auto reader = parts_->readers.take();
    const read_transaction same_rows{*reader};
    connection_session rows{*reader, access::reader};
    use(rows);
}

lease_store& sqlite_read_models::leases() { return parts_->leases; }
dead_letter_store& sqlite_read_models::dead_letters() { return parts_->letters; }
const dead_letter_store& sqlite_read_models::dead_letters() const { return parts_->letters; }

std::unique_ptr<read_model_store> sqlite_read_models::beside(const projection& projection) {
    require_projection_name(projection.name());
    // Files of rebuilds are opened and removed by whoever has the lease, so that nobody opens one that is going.
    const write_lease lease = parts_->file.lease_writer();
    projection_tables{lease.db(), read_model_registry}.require_free(projection);
    auto side = std::make_unique<parts>(open_side_file(parts_->file, projection.name()));

    write_lease side_lease = side->file.lease_writer();
    const auto left = find_projection(side_lease.db(), projection.name());
    const bool swapped_in = build_of(side_lease.db(), projection.name()) == build_of(lease.db(), projection.name());
    if (left && (swapped_in || left->definition != definition_of(projection)))
        in_transaction(side_lease, [&](connection& db) { forget(db, projection.name()); });
    return std::unique_ptr<read_model_store>(new sqlite_read_models(std::move(side)));
}

void sqlite_read_models::swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                                 function_ref<void()> finish) {
    write_lease lease = parts_->file.lease_writer();
    finish();
    beside.reset();  // closed, and its log moved into it
    try {
        const attached_side rebuilt{lease.db(), parts_->file, projection.name()};
        transaction change{lease.db()};
        rebuilt.take_over(projection);
        change.commit();
    } catch (const storage_error& failed) {
        settle(lease, failed);
        throw;
    }
    remove_side_file(parts_->file, projection.name());
}

std::uint64_t sqlite_read_models::compare(const projection& projection, std::unique_ptr<read_model_store> beside,
                                          function_ref<void(global_position)> finish,
                                          function_ref<void(const row_difference&)> sink, std::size_t most) {
    write_lease lease = parts_->file.lease_writer();
    const global_position position = require_comparable(lease.db(), projection);
    finish(position);
    require_built_to(*beside, projection.name(), position);
    beside.reset();
    std::uint64_t differences = 0;
    {
        const attached_side rebuilt{lease.db(), parts_->file, projection.name()};
        const read_transaction same_rows{lease.db()};
        differences = rebuilt.compare(projection.name(), sink, most);
    }
    remove_side_file(parts_->file, projection.name());
    return differences;
}

}  // namespace foldline::inline v0::sqlite
