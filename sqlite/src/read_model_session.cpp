#include "read_model_session.hpp"

#include "access_rules.hpp"
#include "dead_letter_rows.hpp"
#include "read_model_tables.hpp"
#include "savepoint.hpp"

#include <foldline/core/assert.hpp>

namespace foldline::inline v0::sqlite {

struct sqlite_read_model_session::reading {
    explicit reading(pool<connection>& readers)
        : reader(readers.take()), same_rows(*reader), rows(*reader, access::reader) {}
    pool<connection>::lease reader;
    read_transaction same_rows;
    connection_session rows;
};

struct sqlite_read_model_session::writing {
    explicit writing(connection& writer) : db(writer), change(writer), rows(writer, access::user) {}
    connection& db;
    transaction change;
    connection_session rows;
};

namespace {

class count_while {
public:
    explicit count_while(int& count) : count_(count) { ++count_; }
    count_while(const count_while&) = delete;
    count_while& operator=(const count_while&) = delete;
    ~count_while() { --count_; }

private:
    int& count_;
};

}  // namespace

sqlite_read_model_session::sqlite_read_model_session(database& file, pool<connection>& readers,
                                                     std::span<const partition_claim> claims)
    : file_(file), readers_(readers), claims_(claims.begin(), claims.end()) {
    FOLDLINE_ASSERT(!claims_.empty(), "a session of a read model moves something on");
}

sqlite_read_model_session::~sqlite_read_model_session() = default;

std::int64_t sqlite_read_model_session::run(std::string_view sql, std::span<const sql_value> values) {
    return to_write().rows.run(sql, values);
}

void sqlite_read_model_session::query(std::string_view sql, std::span<const sql_value> values,
                                      function_ref<void(const sql_row&)> sink) {
    to_write().rows.query(sql, values, sink);
}

void sqlite_read_model_session::look_up(std::string_view sql, std::span<const sql_value> values,
                                        function_ref<void(const sql_row&)> sink) {
    if (writing_) return to_write().rows.query(sql, values, sink);
    reading& snapshot = to_read();
    const count_while busy{looking_up_};
    snapshot.rows.query(sql, values, sink);
}

void sqlite_read_model_session::attempt(function_ref<void()> work) { attempt_in(to_write().db, work); }

void sqlite_read_model_session::park(const parked_event& event, std::size_t most) {
    writing& now = to_write();
    now.rows.require_transaction("park an event");
    const access_scope ours{now.db, access::foldline};
    sqlite::park(now.db, event, most);
}

void sqlite_read_model_session::commit(global_position position, timestamp recorded_at) {
    writing& now = to_write();
    is_over_ = true;
    try {
        now.rows.require_transaction("commit");  // else the partitions would move alone
        for (const partition_claim& claim : claims_) move_on(now.db, claim, position, recorded_at);
        now.change.commit();
        writing_.reset();
    } catch (const storage_error& failed) {
        writing_.reset();
        settle(*lease_, failed);
        throw;
    }
    lease_.reset();
}

sqlite_read_model_session::reading& sqlite_read_model_session::to_read() {
    FOLDLINE_ASSERT(!is_over_, "a session of a read model is at its end when it has committed");
    if (reading_) return *reading_;
    auto begun = std::make_unique<reading>(readers_);
    require_good_claims(*begun->reader);
    reading_ = std::move(begun);
    return *reading_;
}

sqlite_read_model_session::writing& sqlite_read_model_session::to_write() {
    FOLDLINE_ASSERT(!is_over_, "a session of a read model is at its end when it has committed");
    if (writing_) return *writing_;
    // A row of it may be in somebody's hands, who changes another for it.
    if (looking_up_ == 0) reading_.reset();
    write_lease lease = file_.lease_writer();
    auto begun = std::make_unique<writing>(lease.db());
    require_good_claims(begun->db);
    lease_.emplace(std::move(lease));
    writing_ = std::move(begun);
    return *writing_;
}

void sqlite_read_model_session::require_good_claims(connection& db) const {
    for (const partition_claim& claim : claims_) require_good(db, claim);
}

}  // namespace foldline::inline v0::sqlite
