#pragma once

#include <foldline/core/as_of.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/projections/document_projection.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace foldline::inline v0 {

namespace detail {

/// Folds into `target` the events that lead to its key.
void fold_live_document(const event_store& store, const document_projection_base& projection, document_state& target,
                        std::optional<global_position> up_to);

}  // namespace detail

/// One document of a projection, folded now from the events, with nothing stored: as it is, or as it was when the store
/// stood at a position. Empty where there is none.
///
///     const auto then = live_document(store, orders, "order-17", global_position{5000});
///
/// Where all handlers are `by_stream`, it reads that stream only, and `key` is its name; else it reads every event of the
/// kinds that the projection handles.
///
/// Fails: event_failure for an event that cannot be applied; invalid_name for the name of a stream that is none; what
///        the store throws.
template <class Doc, detail::single_key Key>
[[nodiscard]] std::optional<Doc> live_document(const event_store& store, const document_projection<Doc>& projection,
                                               const Key& key, std::optional<global_position> up_to = {}) {
    return detail::with_key_text(key, [&](std::string_view text) -> std::optional<Doc> {
        detail::document_state state;
        state.message.reset(new Doc);
        state.key = text;
        detail::fold_live_document(store, projection, state, up_to);
        if (!state.exists) return std::nullopt;
        return std::move(static_cast<Doc&>(*state.message));
    });
}

}  // namespace foldline::inline v0
