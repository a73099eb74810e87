#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/projections/detail/document_rules.hpp>
#include <foldline/projections/projection.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0 {

/// In the place of a function of keys: an event belongs to the document of its stream, whose key is the stream's name
/// (`order-17`).
struct by_stream_t {};
inline constexpr by_stream_t by_stream{};

// The compiler names one of these where `on` is given something else than it takes. They are never defined.
template <class Doc, class Fold>
struct no_fold_of_one_event_into_the_document;
template <class Key, class Event>
struct no_function_of_the_keys_of_this_event;

/// A document that may not be there, for a fold that asks or removes.
///
/// confined; lives until the fold returns.
template <class Doc>
class document {
public:
    explicit document(detail::document_state& state) : state_(state) {}

    [[nodiscard]] std::string_view key() const { return state_.key; }
    [[nodiscard]] bool exists() const { return state_.exists; }
    /// Makes an empty document where there is none.
    [[nodiscard]] Doc& operator*() const { return static_cast<Doc&>(state_.edit()); }
    [[nodiscard]] Doc* operator->() const { return &**this; }
    /// An event that comes later may make the document anew, from nothing.
    void remove() { state_.remove(); }

private:
    detail::document_state& state_;
};

namespace detail {

/// The part of a document projection that does not depend on the document's class, compiled once.
class document_projection_base : public projection {
public:
    document_projection_base(document_projection_base&&) noexcept;
    ~document_projection_base() override;

    [[nodiscard]] std::string_view name() const override;
    [[nodiscard]] std::uint32_t version() const override;
    [[nodiscard]] std::span<const read_model_table> tables() const override;
    [[nodiscard]] std::span<const projected_event> events() const override;
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override;
    void flush(sql_session& rows) override;
    void rolled_back() override;
    void committed(global_position position) override;
    void entrusted(partition part) override;
    /// Where documents follow the order key: by stream, or by key.
    bool erase_key(std::string_view order_key, sql_session& rows) override;
    [[nodiscard]] bool has_order_key() const override;
    [[nodiscard]] std::string order_key(std::size_t wanted, const google::protobuf::Message& message,
                                        const event_view& event) const override;

    /// Folds one event into one document, if the event belongs to it.
    void fold_into(document_state& target, std::size_t wanted, const google::protobuf::Message& message,
                   const event_view& event) const;
    /// Whether the key of each document is the name of the stream that its events come from.
    [[nodiscard]] bool is_by_stream() const;

protected:
    /// `empty` outlives it.
    document_projection_base(std::string name, std::uint32_t version, const google::protobuf::Message& empty);

    void add(document_rule rule);
    void add_index(std::string_view field);
    void set_order_by_key();
    void set_remembered(std::size_t bytes);
    /// Null where there is no document.
    [[nodiscard]] const google::protobuf::Message* find_document(sql_session& rows, std::string_view key);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace detail

/// The documents of a projection while a batch is applied: as the events so far have left them, stored or not.
///
/// confined; what `find` gives lives until an event is applied or the batch ends.
template <class Doc>
class batch_documents;

/// A projection that keeps Protobuf messages by key: the user writes no SQL.
///
///     document_projection<CustomerSummary> customers{"customers", 1};
///     customers.index("country");
///     customers.on(&OrderPlaced::customer, [](CustomerSummary& customer, const OrderPlaced& placed) {
///         customer.set_country(placed.country());
///         customer.set_orders(customer.orders() + 1);
///     });
///     customers.on(&CustomerForgotten::customer,
///                  [](document<CustomerSummary>& customer, const CustomerForgotten&) { customer.remove(); });
///
/// `documents` reads them. They are in a table of the projection's name: `key`, `document`, and a column for each index.
/// Which message it is, and its fields, belong to the definition: change them and raise the version.
///
/// In each batch a document is read once, folded in memory, and written once, if its bytes are others.
///
/// Where the projection is worked on in several partitions, two workers may have events for one document. That is safe
/// in any case. Documents `by_stream` follow the partitions; other ones do once `order_by_key` was called. Without it,
/// several workers of one file take turns, and none keeps a document from one batch to the next.
///
/// An event that fails takes with it what was applied since the last `flush`: who goes on after it has flushed before
/// each event, or applies again what was not flushed.
///
/// confined.
template <class Doc>
class document_projection final : public detail::document_projection_base {
public:
    /// Throws `definition_error` for a name that is none, or version 0.
    document_projection(std::string name, std::uint32_t version)
        : document_projection_base(std::move(name), version, Doc::default_instance()) {}

    /// Keeps documents so that they are found by this field: a number, bool, enum or string; `address.country` for one
    /// in a message inside. Throws `definition_error` for a field that is none, is no single value, or has an index.
    document_projection& index(std::string_view field) {
        add_index(field);
        return *this;
    }

    /// Handles one kind of event; which one is read off the second parameter of `fold`:
    ///
    ///     key     (const Event&) or (const Event&, const event_view&): gives a string, a string_view, an integer, an
    ///             optional or a range of those; a document that is named twice is folded once. Or `by_stream`.
    ///     fold    (Doc&, const Event&) makes the document where there is none; (document<Doc>&, const Event&) decides
    ///             that itself. A third parameter may be a const event_view&.
    ///
    /// Throws `definition_error` where that kind has a handler, and for several keys after `order_by_key`.
    template <class Key, class Fold>
    document_projection& on(Key key, Fold fold) {
        if constexpr (!detail::folds_into<Fold, Doc>) no_fold_of_one_event_into_the_document<Doc, Fold> error;
        else add_handler<typename detail::fold_of<Fold>::event>(std::move(key), std::move(fold));
        return *this;
    }

    /// What belongs to one document is kept in order, parked and worked on together, whatever stream it comes from.
    /// Throws `definition_error` if a kind of event has several keys.
    document_projection& order_by_key() {
        set_order_by_key();
        return *this;
    }

    /// About how much memory documents may take that are kept from one batch to the next; 0 keeps none.
    document_projection& remember(std::size_t bytes) {
        set_remembered(bytes);
        return *this;
    }

    /// For a handler of another projection in the same `projection_chain`.
    [[nodiscard]] batch_documents<Doc> documents_in(sql_session& rows) { return batch_documents<Doc>{*this, rows}; }

private:
    friend class batch_documents<Doc>;

    template <class Event, class Key, class Fold>
    void add_handler(Key key, Fold fold) {
        if constexpr (std::same_as<Key, by_stream_t>)
            add({wanted<Event>(), detail::document_keys::stream, {}, erased_fold<Event>(std::move(fold))});
        else if constexpr (detail::tells_keys_of<Key, Event>)
            add({wanted<Event>(), kind_of<Event, Key>(), erased_keys<Event>(std::move(key)),
                 erased_fold<Event>(std::move(fold))});
        else no_function_of_the_keys_of_this_event<Key, Event> error;
    }

    template <class Event>
    static projected_event wanted() {
        return {detail::type_of_event<Event>(), [] { return message_ptr{new Event}; }};
    }
    template <class Event, class Key>
    static constexpr detail::document_keys kind_of() {
        return detail::kind_of_keys<std::remove_cvref_t<decltype(detail::keys_of(
            std::declval<const Key&>(), std::declval<const Event&>(), std::declval<const event_view&>()))>>();
    }
    template <class Event, class Key>
    static auto erased_keys(Key key) {
        return [key = std::move(key)](const google::protobuf::Message& message, const event_view& view,
                                      detail::key_sink sink) {
            detail::hand_keys(detail::keys_of(key, static_cast<const Event&>(message), view), sink);
        };
    }
    template <class Event, class Fold>
    static auto erased_fold(Fold fold) {
        return [fold = std::move(fold)](detail::document_state& state, const google::protobuf::Message& message,
                                        const event_view& view) {
            const auto& event = static_cast<const Event&>(message);
            if constexpr (std::same_as<typename detail::fold_of<Fold>::target, Doc>) {
                detail::call_fold(fold, static_cast<Doc&>(state.edit()), event, view);
            } else {
                document<Doc> target{state};
                detail::call_fold(fold, target, event, view);
            }
        };
    }
};

template <class Doc>
class batch_documents {
public:
    batch_documents(document_projection<Doc>& projection, sql_session& rows) : projection_(projection), rows_(rows) {}

    /// Null where there is none.
    template <detail::single_key Key>
    [[nodiscard]] const Doc* find(const Key& key) const {
        return detail::with_key_text(key, [&](std::string_view text) {
            return static_cast<const Doc*>(projection_.find_document(rows_, text));
        });
    }

private:
    document_projection<Doc>& projection_;
    sql_session& rows_;
};

}  // namespace foldline::inline v0
