#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/dispatch.hpp>

#include <optional>
#include <vector>

namespace foldline::inline v0 {

/// The projections that take part in every append: their rows live in the store's own file and change in the append's
/// own transaction. If one fails, that append is refused, and nothing of it is stored.
///
/// This is the one place where user code runs inside the writer: a handler must be short, and must not call the store.
/// It sees events as they are stored, without upcasters.
///
/// confined to the writer. What it is given outlives it.
class inline_projector {
public:
    /// Throws `definition_error` for two projections of one name, for two that keep one table, and for a null one.
    inline_projector(const event_store& store, std::vector<projection*> projections);

    /// At the beginning of a transaction that stores behind `head`: what projections remember is forgotten if somebody
    /// else has stored something since.
    void begin(global_position head);
    /// Applies an event that the running transaction stores. Fails as `projection_dispatch::apply` does.
    void apply(const event_view& event, sql_session& rows);
    /// Writes what was held back of an append that ends with `last`. Fails as `apply` does.
    void flush(event_type type, const event_view& last, sql_session& rows);
    /// Nothing of what was applied since `begin` needs to be remembered any more: it was undone, or a part of it was.
    void rolled_back() noexcept;
    /// Everything that was applied, and not undone, is stored, and the log ends at `head`.
    void committed(global_position head);

    [[nodiscard]] bool empty() const { return dispatches_.empty(); }
    /// One for each projection, in the order given: to build one of them from events that are stored already.
    [[nodiscard]] std::vector<projection_dispatch>& dispatches() { return dispatches_; }

private:
    std::vector<projection_dispatch> dispatches_;
    std::optional<global_position> reached_;  // where the log ended when all that is remembered was committed
};

}  // namespace foldline::inline v0
