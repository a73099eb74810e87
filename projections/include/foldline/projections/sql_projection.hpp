#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/projections/projection.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The compiler names this one where a handler is not `(const Event&, const event_view&, sql_session&)`.
template <class Handler>
struct no_handler_of_one_event;

namespace detail {
template <class Member>
struct handled_event_of;
template <class C, class E>
struct handled_event_of<void (C::*)(const E&, const event_view&, sql_session&) const> {
    using type = E;
};
template <class Handler>
concept handles_one_event = requires {
    typename handled_event_of<decltype(&Handler::operator())>::type;
};
}  // namespace detail

/// A projection of the user's own SQL.
///
///     sql_projection sales{"sales", 1};
///     sales.table("sales", "create table sales (country text primary key, lines integer not null) strict");
///     sales.on([](const LineAdded& line, const event_view&, sql_session& rows) {
///         rows.execute("insert into sales values (?1, 1) on conflict (country) do update set lines = lines + 1",
///                      line.country());
///     });
///
/// confined.
class sql_projection final : public projection {
public:
    /// Throws `definition_error` for a name that is none, or version 0.
    sql_projection(std::string name, std::uint32_t version);

    /// Throws `definition_error` for a table named twice, or with foldline's own prefix.
    sql_projection& table(std::string name, std::string create);

    /// Handles one kind of event; which one is read off the lambda's first parameter. Throws `definition_error` where
    /// that kind has a handler.
    template <class Handler>
    sql_projection& on(Handler handler) {
        return handle(std::move(handler), effects::none);
    }

    /// The same for a handler that has an effect outside the rows: it is not called while the rows are rebuilt. Killed
    /// between its effect and the commit, it is called with the event once more: let what it calls know the event's id.
    template <class Handler>
    sql_projection& on_live(Handler handler) {
        return handle(std::move(handler), effects::outside);
    }

    /// How the rows of one order key are removed, so that they can be made anew alone (`rebuild_key`).
    sql_projection& erase_key_by(std::function<void(std::string_view order_key, sql_session&)> erase) {
        erase_ = std::move(erase);
        return *this;
    }

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint32_t version() const override { return version_; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        const known_handler& handler = handlers_[wanted];
        if (!rebuilding_ || handler.has == effects::none) handler.call(message, event, rows);
    }
    void rebuilding(bool now) override { rebuilding_ = now; }
    bool erase_key(std::string_view order_key, sql_session& rows) override {
        if (erase_) erase_(order_key, rows);
        return static_cast<bool>(erase_);
    }

private:
    using untyped_handler = std::function<void(const google::protobuf::Message&, const event_view&, sql_session&)>;
    enum class effects { none, outside };
    struct known_handler {
        untyped_handler call;
        effects has;
    };

    template <class Handler>
    sql_projection& handle(Handler handler, effects has) {
        if constexpr (detail::handles_one_event<Handler>) {
            using event = typename detail::handled_event_of<decltype(&Handler::operator())>::type;
            add({detail::type_of_event<event>(), [] { return message_ptr{new event}; }},
                {[handler = std::move(handler)](const google::protobuf::Message& message, const event_view& view,
                                                sql_session& rows) {
                     handler(static_cast<const event&>(message), view, rows);
                 },
                 has});
        } else {
            no_handler_of_one_event<Handler> error;
        }
        return *this;
    }
    void add(projected_event event, known_handler handler);

    std::string name_;
    std::uint32_t version_;
    std::vector<read_model_table> tables_;
    std::vector<projected_event> events_;
    std::vector<known_handler> handlers_;
    bool rebuilding_ = false;
    std::function<void(std::string_view, sql_session&)> erase_;
};

}  // namespace foldline::inline v0
