#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/projections/detail/window_rules.hpp>
#include <foldline/projections/sql_projection.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The compiler names this one where what gives an event's key is not `(const Event&)` or `(const Event&, const
/// event_view&)`, or gives nothing that makes a string.
template <class Key>
struct no_key_of_one_event;
/// The compiler names this one where a fold is not `(Document&, const Event&)` or `(…, const event_view&)`.
template <class Fold, class Document, class Event>
struct no_fold_of_this_event_into_this_document;

namespace detail {
template <class Member>
struct keyed_event_of;
template <class C, class R, class E>
struct keyed_event_of<R (C::*)(const E&) const> {
    using type = E;
};
template <class C, class R, class E>
struct keyed_event_of<R (C::*)(const E&, const event_view&) const> {
    using type = E;
};
template <class Key>
concept keys_one_event = requires {
    typename keyed_event_of<decltype(&Key::operator())>::type;
};

template <class Key, class E>
std::optional<std::string> key_of(const Key& key, const E& event, const event_view& view) {
    if constexpr (std::is_invocable_v<const Key&, const E&, const event_view&>)
        return std::optional<std::string>(key(event, view));
    else return std::optional<std::string>(key(event));
}
template <class Document, class Fold, class E>
void fold_into(const Fold& fold, Document& document, const E& event, const event_view& view) {
    if constexpr (std::is_invocable_v<const Fold&, Document&, const E&, const event_view&>) fold(document, event, view);
    else if constexpr (std::is_invocable_v<const Fold&, Document&, const E&>) fold(document, event);
    else no_fold_of_this_event_into_this_document<Fold, Document, E> error;
}
}  // namespace detail

/// What every projection into windows is told about time; see `window_projection` and `sliding_projection`.
///
/// Time is the events' own: `event_view::occurred_at`, and no clock. How far it has come is the **watermark**: the latest
/// `occurred_at` seen, less `watermark_lags`. It never goes back. It is stored beside the rows and changes with them, and
/// what a log gives does not depend on how it is cut into batches, on when it is read, nor on how many workers read it.
///
/// Events of one key have one order key, so that one worker has them all and in order: each key has a watermark of its
/// own, and a key that gets no more events closes none of its windows. With `watermark_of(watermark_scope::global)` any
/// event closes the windows of all keys; for that the whole projection is one order key: it is one worker's whatever its
/// partitions, and an event that is parked makes every later one wait.
///
/// All of it is said before the projection is first driven, and is a part of its definition: rows that were made by
/// other rules are not gone on with. What is folded, `version` tells apart.
template <class Self, class Document>
class event_time_projection : public projection {
public:
    /// How much later than a younger event another one may come and still find its windows open; 0 unless said.
    Self& watermark_lags(std::chrono::microseconds by) {
        rules_->lag = detail::required_duration(*rules_, "watermark_lags", by);
        return settled();
    }
    /// How long after the watermark has passed its end a window goes on taking events as if nothing was; 0 unless said.
    Self& allow_late(std::chrono::microseconds by) {
        rules_->lateness = detail::required_duration(*rules_, "allow_late", by);
        return settled();
    }
    /// What becomes of events that come later still; `late::corrected` unless said.
    Self& late_events(late choice) {
        rules_->beyond = choice;
        return settled();
    }
    Self& watermark_of(watermark_scope scope) {
        rules_->scope = scope;
        return settled();
    }
    /// An event that says it occurred more than `by` after it was recorded moves the watermark only to there: one
    /// visitor whose clock is a year ahead cannot close the windows of a year. It is in its own windows all the same.
    Self& trust_ahead(std::chrono::microseconds by) {
        rules_->most_ahead = detail::required_duration(*rules_, "trust_ahead", by);
        return settled();
    }
    /// Removes windows when the watermark is that far behind their end. At least what `allow_late` says is kept.
    Self& keep_for(std::chrono::microseconds by) {
        rules_->keep = detail::required_duration(*rules_, "keep_for", by);
        return settled();
    }
    /// One more table, for hooks to write to; as `sql_projection::table`.
    Self& table(std::string name, std::string create) {
        own_tables_.push_back({std::move(name), std::move(create)});
        return settled();
    }

    /// Handles one kind of event; which one is read off `key`'s first parameter. `key` gives a string, or an
    /// `std::optional` of one: an event without a key is in no window and moves no watermark. What either throws, the
    /// event fails with. Throws `definition_error` where that kind has a handler.
    template <class Key, class Fold>
    Self& on(Key key, Fold fold) {
        if constexpr (detail::keys_one_event<Key>) {
            using event = typename detail::keyed_event_of<decltype(&Key::operator())>::type;
            constexpr event_type type = detail::type_of_event<event>();
            detail::require_one_handler(*rules_, events_, type);
            events_.push_back({type, [] { return message_ptr{new event}; }});
            handlers_.push_back(
                {events_.back(),
                 [key = std::move(key)](const google::protobuf::Message& message, const event_view& view) {
                     return detail::key_of(key, static_cast<const event&>(message), view);
                 },
                 [fold = std::move(fold)](google::protobuf::Message& document, const google::protobuf::Message& message,
                                          const event_view& view) {
                     detail::fold_into(fold, static_cast<Document&>(document), static_cast<const event&>(message),
                                       view);
                 }});
        } else {
            no_key_of_one_event<Key> error;
        }
        return self();
    }

    [[nodiscard]] std::string_view name() const override { return rules_->name; }
    [[nodiscard]] std::uint32_t version() const override { return rules_->version; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }

    [[nodiscard]] bool has_order_key() const override { return true; }
    [[nodiscard]] std::string order_key(std::size_t wanted, const google::protobuf::Message& message,
                                        const event_view& event) const override {
        if (rules_->scope == watermark_scope::global) return rules_->name;
        return handlers_[wanted].key(message, event).value_or(std::string{});
    }

    [[nodiscard]] const detail::window_rules& rules() const { return *rules_; }

protected:
    using table_maker = std::vector<read_model_table> (*)(const detail::window_rules&,
                                                          const std::vector<read_model_table>&);

    event_time_projection(detail::window_rules rules, table_maker make_tables)
        : rules_(std::make_unique<detail::window_rules>(std::move(rules))), make_tables_(make_tables) {
        rules_->document = detail::content_of(Document::default_instance());
        settled();
    }

    /// A hook as the engines call it.
    template <class Hook>
    [[nodiscard]] static detail::window_hook untyped(Hook hook) {
        return [hook = std::move(hook)](sql_session& rows, const std::string& key, const window& when,
                                        const google::protobuf::Message& document) {
            hook(rows, key, when, static_cast<const Document&>(document));
        };
    }
    [[nodiscard]] static message_ptr new_document() { return message_ptr{new Document}; }
    [[nodiscard]] Self& self() { return static_cast<Self&>(*this); }
    [[nodiscard]] const detail::window_handler& handler(std::size_t wanted) const { return handlers_[wanted]; }

private:
    Self& settled() {
        tables_ = make_tables_(*rules_, own_tables_);
        return self();
    }

    std::unique_ptr<detail::window_rules> rules_;  // stays where it is when the projection is moved: an engine has it
    table_maker make_tables_;
    std::vector<read_model_table> own_tables_;
    std::vector<read_model_table> tables_;
    std::vector<projected_event> events_;
    std::vector<detail::window_handler> handlers_;
};

}  // namespace foldline::inline v0
