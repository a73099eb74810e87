#pragma once

#include "event_row.hpp"
#include "log_state.hpp"
#include "sql_session.hpp"

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type_table.hpp>
#include <foldline/projections/inline_projector.hpp>
#include <foldline/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace foldline::inline v0::sqlite {

/// An append on its way to the file, and what became of it.
struct pending_append {
    const append_request* request;
    ids_from ids;
    std::vector<event_id> minted;  ///< one for each event, where the caller gave none
    timestamp now;

    std::optional<append_result> result;
    std::exception_ptr failure;  ///< instead of a result
    bool announces = false;      ///< tells of the commit, for all that shared it

    void fail(std::exception_ptr why) {
        result.reset();
        failure = std::move(why);
    }
    [[nodiscard]] const appended* stored_now() const {
        const auto* done = result ? std::get_if<appended>(&*result) : nullptr;
        return done && done->when == stored::now ? done : nullptr;
    }
};

/// The appends of one transaction.
///
/// confined to the writer.
class append_batch {
public:
    append_batch(connection& db, log_state& state, event_type_table& types, inline_projector& projections);
    append_batch(const append_batch&) = delete;
    append_batch& operator=(const append_batch&) = delete;
    ~append_batch();

    /// Decides and, unless it is refused or a repetition, stores one append. Throws what an inline projection threw, or
    /// `definition_error` for a schema, the append undone; for any other error the whole transaction is over.
    append_result add(const pending_append& append);

    /// After the last append, in its transaction: does a part of what stores put off.
    void do_chores();
    /// Whether there is anything to commit.
    [[nodiscard]] bool wrote() const { return position_ > state_.position; }
    /// After the commit: makes what was stored known to the log's state.
    void publish();

private:
    /// Where the append in hand stands; it is kept if the append is.
    struct staged {
        std::int64_t position;
        timestamp recorded_at;
    };
    struct noted_type {
        event_type_id id;
        log_state::known_type known;
    };
    /// How much of what the batch noted belongs to appends that were not undone.
    struct marks {
        std::size_t heads = 0;
        std::size_t types = 0;
        std::size_t places = 0;
    };
    struct changed_head {
        kept_head* head;
        kept_head before;
    };

    /// What the inline projections have got of this batch since they last forgot it.
    enum class projected { nothing, kept, in_doubt };

    /// What the file knows of a write whose ids the caller gave.
    struct earlier_write {
        enum { none, same, other } what;
        appended result;
    };

    std::optional<append_result> earlier_result(const append_request& request);
    earlier_write find_earlier(const stream_write& write);
    std::size_t count_held_ids(std::int64_t stream, std::int64_t version, std::int64_t position,
                               const std::vector<event_data>& events);
    std::optional<version_conflict> first_conflict(const append_request& request);
    kept_head& head_of(const stream_id& stream);
    stream_head read_head(const stream_id& stream);
    std::int64_t last_version(const stream_id& name, std::int64_t stream, std::int64_t first_version);
    appended store(const pending_append& append, staged& now);
    stream_head store_write(const pending_append& append, const stream_write& write, stream_head head,
                            std::size_t first_event, staged& now);
    void stage(kept_head& head, stream_head now);
    void undo_to(const marks& kept);
    statement& insert_event();
    bool find_types(const append_request& request);
    [[nodiscard]] log_state::known_type known_type(event_type_id id) const;
    std::int64_t row_of(const event_data& event, std::int64_t position);
    std::int64_t find_or_add_type(event_type type);
    void project(const event_row& row, event_type_id type);

    connection& db_;
    log_state& state_;
    event_type_table& types_;
    inline_projector& projections_;
    connection_session rows_;  // of the inline projections
    projected projected_ = projected::nothing;
    event_view last_projected_;  // of the append in hand

    std::int64_t position_;
    timestamp recorded_at_;
    std::uint64_t transaction_;
    std::vector<kept_head*> found_;  // where the streams of the append in hand stand, by write
    statement* insert_ = nullptr;
    std::vector<changed_head> changed_heads_;
    std::vector<std::int64_t> found_types_;  // rows of the types of the append in hand, one for each run; 0: not known
    std::size_t next_run_ = 0;
    std::vector<noted_type> new_types_;
    std::vector<stream_place> places_;  // of what was stored, for a merged index
    marks kept_;
};

}  // namespace foldline::inline v0::sqlite
