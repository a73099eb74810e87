#pragma once

#include <foldline/projections/detail/window_reader.hpp>
#include <foldline/projections/sliding_projection.hpp>
#include <foldline/projections/window_projection.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0 {

/// A window of a key with what was folded into it.
///
/// value.
template <class Document>
struct found_window {
    std::string key;
    window when;
    bool closed = false;
    std::uint64_t corrections = 0;  ///< events that it has taken since it was closed
    Document document;
};

/// Reads what a `window_projection` keeps. Each call sees the rows of one moment; those of several calls see the same
/// ones where it was made for a session, as `read_model_store::read` hands it out.
///
///     windows<Clicks> found{models, per_minute};
///     found.of_key("/home", noon, noon + 1h, [&](const found_window<Clicks>& minute) { … });
///
/// Threads: as what it reads from, which outlives it.
/// Fails:   storage_error; corrupt_data for a document that does not decode.
template <class Document>
class windows {
public:
    using sink = function_ref<void(const found_window<Document>&)>;

    windows(const read_model_store& models, const window_projection<Document>& of) : reader_(models, of.rules()) {}
    windows(sql_session& rows, const window_projection<Document>& of) : reader_(rows, of.rules()) {}

    /// Empty if no event of the key is in the window that begins at `start`, or none begins there.
    [[nodiscard]] std::optional<found_window<Document>> find(std::string_view key, timestamp start) const {
        std::optional<found_window<Document>> found;
        reader_.find(key, start, [&](const detail::stored_window& row) { found = decoded(row); });
        return found;
    }
    /// Those of a key that begin at `from` or later and before `to`, by time.
    void of_key(std::string_view key, timestamp from, timestamp to, sink each) const {
        reader_.of_key(key, from, to, [&](const detail::stored_window& row) { each(decoded(row)); });
    }
    /// By end, then by key.
    void open(sink each) const {
        reader_.that_are(false, [&](const detail::stored_window& row) { each(decoded(row)); });
    }
    void closed(sink each) const {
        reader_.that_are(true, [&](const detail::stored_window& row) { each(decoded(row)); });
    }

    /// That of a key; of all keys where it is global. Empty before the first event.
    [[nodiscard]] std::optional<timestamp> watermark(std::string_view key) const { return reader_.watermark(key); }
    /// The earliest of all keys: every window that ended by then is closed.
    [[nodiscard]] std::optional<timestamp> watermark() const { return reader_.earliest_watermark(); }

    /// What `late::set_aside` has set aside, in the order of the log, a window each.
    void late(function_ref<void(const late_event&)> each) const { reader_.late(each); }
    /// How often a window did without an event that came too late, and that is not set aside.
    [[nodiscard]] std::uint64_t ignored() const { return reader_.ignored(); }

private:
    [[nodiscard]] found_window<Document> decoded(const detail::stored_window& row) const {
        found_window<Document> found{std::string(row.key), row.when, row.closed, row.corrections, {}};
        reader_.read(found.document, row.key, row.document);
        return found;
    }

    detail::window_reader reader_;
};

/// Reads what a `sliding_projection` keeps; as `windows`.
template <class Document>
class sliding_windows {
public:
    sliding_windows(const read_model_store& models, const sliding_projection<Document>& of)
        : reader_(models, of.rules()), merge_(of.merge()) {}
    sliding_windows(sql_session& rows, const sliding_projection<Document>& of)
        : reader_(rows, of.rules()), merge_(of.merge()) {}

    /// The events of (t - size, t]. Empty if the key has none there, and if the watermark has left `t` further behind
    /// than windows are kept.
    [[nodiscard]] std::optional<Document> at(std::string_view key, timestamp t) const {
        std::optional<Document> found{std::in_place};
        Document part;
        if (!reader_.at(key, t, part, [&] { merge_(*found, part); })) found.reset();
        return found;
    }

    [[nodiscard]] std::optional<timestamp> watermark(std::string_view key) const { return reader_.watermark(key); }
    [[nodiscard]] std::optional<timestamp> watermark() const { return reader_.earliest_watermark(); }
    void late(function_ref<void(const late_event&)> each) const { reader_.late(each); }
    [[nodiscard]] std::uint64_t ignored() const { return reader_.ignored(); }

private:
    detail::window_reader reader_;
    typename sliding_projection<Document>::merge_function merge_;
};

}  // namespace foldline::inline v0
