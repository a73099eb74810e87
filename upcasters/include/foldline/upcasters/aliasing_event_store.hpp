#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/guarded.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Another store whose stream categories bear the names that a program calls them by today. What is stored does not
/// change: events of the category `cart` stay in streams `cart-…`, and are read, queried and appended to as `order-…`.
///
///     aliasing_event_store store{file, {{"cart", "order"}}};
///
/// A stream `order-1` is the stored one of that name or of an old name, whichever has events; a new one gets the new
/// name. Should both have events (a program that does not know the alias wrote one of them), they cannot be one stream:
/// reading or appending to it throws `definition_error`. Reads of categories and of everything do not look for that.
/// An old name that a program still asks for is refused with `invalid_request`; `current` tells the new one.
///
/// Appends are exact beside programs that know nothing of the alias: they ask, in the same transaction, that the other
/// names have no events.
///
/// Threads: shared. `inner` outlives it.
/// Fails:   as `inner` does, which speaks of streams by their stored names.
class aliasing_event_store final : public event_store {
public:
    /// New names may themselves be old ones: with `a` to `b` and `b` to `c`, all are `c`. Throws `definition_error` for
    /// names that lead back to themselves, `invalid_name` for what is none.
    aliasing_event_store(event_store& inner, std::map<std::string, std::string> old_to_new);
    aliasing_event_store(const aliasing_event_store&) = delete;
    aliasing_event_store& operator=(const aliasing_event_store&) = delete;

    /// What a stored category is called; lives as long as the store, or as `category` if it has no alias.
    [[nodiscard]] std::string_view current(std::string_view category) const;
    [[nodiscard]] stream_id current(const stream_id& stored) const;

    [[nodiscard]] append_result append(const append_request& request) override;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override;
    [[nodiscard]] global_position head() const override { return inner_.head(); }
    [[nodiscard]] store_identity identity() const override { return inner_.identity(); }
    [[nodiscard]] event_type_id type_id(event_type type) const override { return inner_.type_id(type); }
    [[nodiscard]] event_type type_of(event_type_id id) const override { return inner_.type_of(id); }
    [[nodiscard]] std::vector<event_type> stored_types() const override { return inner_.stored_types(); }
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override {
        return inner_.stored_schemas(type);
    }
    [[nodiscard]] std::uint64_t reading_fingerprint() const override;

private:
    using names = std::vector<std::string>;

    /// The old names of a category; null for one that has none. Throws for a name that is itself an old one.
    [[nodiscard]] const names* old_names(const std::string& category) const;
    [[nodiscard]] stream_id stored_name(const stream_id& stream) const;
    [[nodiscard]] stream_id known_name(const stream_id& stream) const;
    [[nodiscard]] bool has_events(const stream_id& stored) const;
    void remember(const stream_id& stream, const stream_id& stored) const;
    [[nodiscard]] append_request stored_request(const append_request& request,
                                                const std::vector<stream_id>& stored) const;
    [[nodiscard]] read_query stored_query(const read_query& query) const;
    [[nodiscard]] append_result current_result(append_result result) const;

    event_store& inner_;
    std::map<std::string, std::string, std::less<>> current_names_;  // by old name
    std::map<std::string, names> old_names_;                         // by current name
    // Streams that live under an old name do so for ever, once they have an event.
    mutable guarded<std::map<stream_id, stream_id>> found_;
};

}  // namespace foldline::inline v0
