#include "stream_versions.hpp"

namespace foldline::inline v0::sqlite {

last_versions last_versions_immediate(connection& db, std::int64_t stream) {
    statement& rows = db.prepared("select version from log_events where stream = ?1 order by version desc limit 2");
    const reset_at_exit end{rows};
    rows.bind(1, stream);
    last_versions found;
    while (rows.step()) found.add(rows.integer(0));
    return found;
}

last_versions last_versions_merged(connection& db, const stream_tail& tail, stream_tail::window window,
                                   std::int64_t stream) {
    last_versions found;
    if (const auto last = tail.last_of(stream, window)) {
        found.add(last->version);
        if (const auto before = tail.last_of(stream, {window.after, last->position - 1})) found.add(before->version);
    }
    if (found.before_last) return found;
    // A merge that is under way has put in some of what the window covers.
    statement& rows = db.prepared(
        "select version from log_stream_events where stream = ?1 and position <= ?2 order by version desc limit 2");
    const reset_at_exit end{rows};
    rows.bind(1, stream).bind(2, window.after);
    while (!found.before_last && rows.step()) found.add(rows.integer(0));
    return found;
}

}  // namespace foldline::inline v0::sqlite
