#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_version.hpp>
#include <foldline/projections/sql_session.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// An event that a projection has set aside: one that could not be applied, or one that came after such a one under the
/// same order key and waits behind it. Only its place is kept; its bytes stay in the log.
///
/// value.
struct parked_event {
    enum class reason { failed, behind };

    std::string projection;
    std::string order_key;  ///< its stream, unless the projection says otherwise
    global_position position;
    std::string stream;
    stream_version version;
    std::string type;  ///< name and version, as the projection would have got it
    reason why = reason::failed;
    std::string error;           ///< what the last attempt said; empty for one behind
    std::uint32_t attempts = 0;  ///< how often it was tried
    timestamp first_failed;      ///< for one behind: when it was parked
    timestamp last_failed;
};

/// A parked event that an operator has given up.
struct dropped_event {
    parked_event event;
    std::string reason;
    timestamp dropped;
};

struct parked_counts {
    std::uint64_t keys = 0;    ///< order keys that stand still
    std::uint64_t failed = 0;  ///< events that could not be applied: at most one a key, the first one
    std::uint64_t behind = 0;  ///< events that wait behind those
};

/// A transaction in which the parked events of one order key are tried again, in order. Nobody moves the projection on
/// meanwhile. Destroyed without a commit it changes nothing.
///
/// confined.
class replay_session : public sql_session {
public:
    /// The key's first parked event as it is now; empty when none is left.
    [[nodiscard]] virtual std::optional<parked_event> first() = 0;
    /// As `read_model_session::attempt`.
    virtual void attempt(function_ref<void()> work) = 0;
    /// The first one was applied: it is parked no longer.
    virtual void applied() = 0;
    /// The first one failed once more.
    virtual void failed(std::string_view error, timestamp when) = 0;
    /// Where the projection's rows stand does not change. Claims on it are lost, so that whoever works on it looks again.
    virtual void commit() = 0;
};

/// Which parked events to list, in order of their positions.
struct parked_query {
    std::string projection;
    std::optional<std::string> order_key{};  ///< absent: of every key
    bool failed_only = false;
    global_position after{};
    std::size_t limit = 1000;
};

/// The parked events of projections, beside their rows.
///
/// Threads: shared.
/// Fails:   storage_error.
class dead_letter_store {
public:
    virtual ~dead_letter_store() = default;

    [[nodiscard]] virtual parked_counts count(std::string_view projection) const = 0;
    [[nodiscard]] virtual std::vector<parked_event> list(const parked_query& query) const = 0;
    /// Every order key that stands still.
    [[nodiscard]] virtual std::vector<std::string> keys(std::string_view projection) const = 0;
    [[nodiscard]] virtual std::vector<dropped_event> dropped(std::string_view projection, std::size_t limit) const = 0;

    /// Waits for whoever writes to the file. `definition`: of the program's projection; throws `definition_error` if the
    /// rows are of another one.
    [[nodiscard]] virtual std::unique_ptr<replay_session> replay(std::string_view projection,
                                                                 std::string_view order_key,
                                                                 std::string_view definition) = 0;

    /// Gives up the parked event at `position`, and keeps that it was so. The next one of its key becomes the first. False
    /// if no event is parked there.
    virtual bool drop(std::string_view projection, global_position position, std::string_view reason,
                      timestamp when) = 0;
};

}  // namespace foldline::inline v0
