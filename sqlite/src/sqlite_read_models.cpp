// Component `read_models`, tables with the prefix rm_:
//
//   rm_checkpoints  one row a projection: where its rows stand, in which history of which store; `tables` are the
//                   statements that made its tables, `build` names the run that built the rows, from the first event on
//   rm_tables       which of the users' tables is whose
//
// A file in which a projection is rebuilt has the same tables, and one projection.

#include <foldline/sqlite/sqlite_read_models.hpp>

#include "access_rules.hpp"
#include "pool.hpp"
#include "projection_tables.hpp"
#include "row_values.hpp"
#include "sql_session.hpp"
#include "table_copy.hpp"

#include <foldline/core/assert.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <array>
#include <utility>
#include <vector>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::array<migration, 1> steps{{{1, R"sql(
create table rm_checkpoints (
    projection text primary key,
    version integer not null,
    store_id blob not null,
    history_id blob not null,
    position integer not null,
    updated_at integer not null,  -- microseconds since 1970, for people
    build blob not null,
    tables text not null
) strict, without rowid;
create table rm_tables (
    name text primary key collate nocase,
    projection text not null
) strict, without rowid;
)sql"}}};

constexpr auto registry = "rm_tables";

std::string statements_of(const projection& projection) {
    std::string statements;
    for (const read_model_table& table : projection.tables())
        statements += fmt::format("-- {}\n{}\n", table.name, table.create);
    return statements;
}

uuid id_from(const connection& db, std::string_view bytes) {
    const auto id = uuid_from(bytes);
    if (!id) throw corrupt_data(fmt::format("a checkpoint in {} names no store or history", db.file().string()));
    return *id;
}

std::optional<checkpoint> find_checkpoint(connection& db, std::string_view projection) {
    statement& row = db.prepared(
        "select version, store_id, history_id, position from main.rm_checkpoints where "
        "projection = ?1");
    const reset_at_exit end{row};
    if (!row.bind_text(1, projection).step()) return std::nullopt;
    checkpoint found;
    found.projection_version = static_cast<std::uint32_t>(row.integer(0));
    found.source = {store_id{id_from(db, row.blob(1))}, history_id{id_from(db, row.blob(2))}};
    found.position = global_position{row.integer(3)};
    return found;
}

/// The column of a projection's row; empty if it has none.
std::string column_of_checkpoint(connection& db, std::string_view column, std::string_view projection) {
    statement row = db.prepare(fmt::format("select {} from main.rm_checkpoints where projection = ?1", column));
    return row.bind_text(1, projection).step() ? std::string(row.blob(0)) : std::string{};
}

void begin_checkpoint(connection& db, const projection& projection, const store_identity& source) {
    db.prepared(
          "insert or replace into main.rm_checkpoints "
          "(projection, version, store_id, history_id, position, updated_at, build, tables) "
          "values (?1, ?2, ?3, ?4, 0, unixepoch() * 1000000, randomblob(16), ?5)")
        .bind_text(1, projection.name())
        .bind(2, std::int64_t{projection.version()})
        .bind_blob(3, bytes_of(source.store.value))
        .bind_blob(4, bytes_of(source.history.value))
        .bind_text(5, statements_of(projection))
        .run();
}

void move_checkpoint(connection& db, std::string_view projection, global_position position) {
    db.prepared(
          "update main.rm_checkpoints set position = ?2, updated_at = unixepoch() * 1000000 where projection = ?1")
        .bind_text(1, projection)
        .bind(2, position.value)
        .run();
}

void forget(connection& db, std::string_view projection) {
    projection_tables{db, registry}.drop(projection);
    db.prepare("delete from main.rm_checkpoints where projection = ?1").bind_text(1, projection).run();
}

/// After an error that may be a commit's, and when its transaction has ended: an error from a commit is no rollback, so
/// nobody may read over this connection what the file perhaps does not hold.
void settle(write_lease& lease, const storage_error& failed) noexcept {
    if (failed.outcome != write_outcome::unknown) return;
    try {
        lease.reopen();
    } catch (const std::exception&) {
        // The next lease tries it again, and tells.
    }
}

template <class Change>
void in_transaction(write_lease& lease, Change change) {
    try {
        transaction all{lease.db()};
        change(lease.db());
        all.commit();
    } catch (const storage_error& failed) {
        settle(lease, failed);
        throw;
    }
}

class sqlite_session final : public read_model_session {
public:
    sqlite_session(database& file, const projection& projection)
        : lease_(file.lease_writer()), projection_(projection.name()) {
        open_.emplace(lease_.db());
        const auto found = sqlite::find_checkpoint(lease_.db(), projection_);
        if (!found)
            throw definition_error(
                fmt::format("projection {} has no rows in {}: none were ever made, or they were removed", projection_,
                            file.file().string()));
        reached_ = *found;
    }

    [[nodiscard]] const checkpoint& reached() const override { return reached_; }
    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return rows().run(sql, values);
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        rows().query(sql, values, sink);
    }

    void commit(global_position position) override {
        try {
            rows().require_transaction("commit");  // else the checkpoint would move alone
            move_checkpoint(lease_.db(), projection_, position);
            open_->change.commit();
            open_.reset();
        } catch (const storage_error& failed) {
            open_.reset();
            settle(lease_, failed);
            throw;
        }
    }

private:
    struct open_transaction {
        explicit open_transaction(connection& db) : change(db), rows(db, access::user) {}
        transaction change;
        connection_session rows;
    };

    connection_session& rows() {
        FOLDLINE_ASSERT(open_.has_value(), "a session of a read model is at its end when it has committed");
        return open_->rows;
    }

    write_lease lease_;
    std::optional<open_transaction> open_;  // after the lease, so that it ends before the next writer begins
    std::string projection_;
    checkpoint reached_;
};

/// Another file under the name `rebuilt`, for as long as this lives. Made and ended outside of transactions.
class attached_file {
public:
    attached_file(connection& db, const std::filesystem::path& file) : db_(db) {
        db_.prepare("attach ?1 as rebuilt").bind_text(1, file.native()).run();
    }
    attached_file(const attached_file&) = delete;
    attached_file& operator=(const attached_file&) = delete;
    ~attached_file() {
        try {
            db_.execute("detach rebuilt");
        } catch (const std::exception&) {
            // The next rebuild cannot attach its own file then, and tells.
        }
    }

private:
    connection& db_;
};

std::vector<std::string> rebuilt_tables(connection& db, std::string_view projection) {
    std::vector<std::string> names;
    statement rows = db.prepare("select name from rebuilt.rm_tables where projection = ?1 order by name");
    rows.bind_text(1, projection);
    while (rows.step()) names.emplace_back(rows.text(0));
    return names;
}

/// Puts everything of a projection that is in `rebuilt` in the place of what is here.
void take_over(connection& db, const projection& projection) {
    projection_tables ours{db, registry};
    ours.require_free(projection);
    ours.drop(projection.name());
    const auto names = rebuilt_tables(db, projection.name());
    copy_tables(db, "rebuilt", names);
    for (const std::string& name : names) ours.record(name, projection.name());
    db.prepare("insert or replace into main.rm_checkpoints select * from rebuilt.rm_checkpoints where projection = ?1")
        .bind_text(1, projection.name())
        .run();
    FOLDLINE_ASSERT(db.changes() == 1, "what was built beside has a checkpoint");
}

std::filesystem::path side_file(const database& file, std::string_view projection) {
    return file.file().string() + fmt::format(".{}.rebuild", projection);
}

/// The database first: SQLite throws away a log that it finds without one, but would take a database without its log for
/// whole. If something stays, the next rebuild sees by its `build` that it is spent.
void remove_database(const std::filesystem::path& file) {
    for (const char* part : {"", "-wal", "-shm", "-lock"}) {
        std::error_code ignored;
        std::filesystem::remove(file.string() + part, ignored);
    }
}

}  // namespace

struct sqlite_read_models::parts {
    explicit parts(database& shared) : file(shared), readers([this] { return file.open_reader(); }) {
        file.require_component("read_models", steps);
    }
    explicit parts(std::unique_ptr<database> own) : parts(*own) { owned = std::move(own); }

    std::unique_ptr<database> owned;  // where this is a rebuild's; before the readers, which are closed first
    database& file;
    mutable pool<connection> readers;
};

sqlite_read_models::sqlite_read_models(database& file) : parts_(std::make_unique<parts>(file)) {}
sqlite_read_models::sqlite_read_models(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
sqlite_read_models::~sqlite_read_models() = default;

std::string sqlite_read_models::place() const { return parts_->file.file().string(); }

std::optional<checkpoint> sqlite_read_models::find_checkpoint(std::string_view projection) const {
    return sqlite::find_checkpoint(*parts_->readers.take(), projection);
}

void sqlite_read_models::create(const projection& projection, const store_identity& source) {
    require_projection_name(projection.name());
    write_lease lease = parts_->file.lease_writer();
    in_transaction(lease, [&](connection& db) {
        projection_tables tables{db, registry};
        tables.require_free(projection);
        tables.drop(projection.name());
        tables.make(projection);
        begin_checkpoint(db, projection, source);
    });
}

std::unique_ptr<read_model_session> sqlite_read_models::begin(const projection& projection) {
    return std::make_unique<sqlite_session>(parts_->file, projection);
}

void sqlite_read_models::read(function_ref<void(sql_session&)> use) const {
    const auto reader = parts_->readers.take();
    const read_transaction same_rows{*reader};
    connection_session rows{*reader, access::reader};
    use(rows);
}

std::unique_ptr<read_model_store> sqlite_read_models::beside(const projection& projection) {
    require_projection_name(projection.name());
    // Files of rebuilds are opened and removed by whoever has the lease, so that nobody opens one that is going.
    const write_lease lease = parts_->file.lease_writer();
    projection_tables{lease.db(), registry}.require_free(projection);

    database_options options = parts_->file.options();
    options.mode = open_mode::create;
    options.who = writers::one;  // two rebuilds of one projection would mix
    // What a power cut takes from the end of it is built again; `off` could leave a torn file, whose rows would be taken.
    options.durable = durability::normal;
    auto side = std::make_unique<parts>(
        std::make_unique<database>(side_file(parts_->file, projection.name()), std::move(options)));

    const std::string build = column_of_checkpoint(lease.db(), "build", projection.name());
    write_lease side_lease = side->file.lease_writer();
    const bool swapped_in = column_of_checkpoint(side_lease.db(), "build", projection.name()) == build;
    const bool other_tables =
        column_of_checkpoint(side_lease.db(), "tables", projection.name()) != statements_of(projection);
    if (swapped_in || other_tables) in_transaction(side_lease, [&](connection& db) { forget(db, projection.name()); });
    return std::unique_ptr<read_model_store>(new sqlite_read_models(std::move(side)));
}

void sqlite_read_models::swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                                 function_ref<void()> finish) {
    write_lease lease = parts_->file.lease_writer();
    finish();
    beside.reset();  // closed, and its log moved into it
    const auto side = side_file(parts_->file, projection.name());
    try {
        const attached_file rebuilt{lease.db(), side};
        transaction change{lease.db()};
        take_over(lease.db(), projection);
        change.commit();
    } catch (const storage_error& failed) {
        settle(lease, failed);
        throw;
    }
    remove_database(side);
}

}  // namespace foldline::inline v0::sqlite
