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
        if constexpr (detail::handles_one_event<Handler>) {
            using event = typename detail::handled_event_of<decltype(&Handler::operator())>::type;
            add({detail::type_of_event<event>(), [] { return message_ptr{new event}; }},
                [handler = std::move(handler)](const google::protobuf::Message& message, const event_view& view,
                                               sql_session& rows) {
                    handler(static_cast<const event&>(message), view, rows);
                });
        } else {
            no_handler_of_one_event<Handler> error;
        }
        return *this;
    }

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint32_t version() const override { return version_; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        handlers_[wanted](message, event, rows);
    }

private:
    using untyped_handler = std::function<void(const google::protobuf::Message&, const event_view&, sql_session&)>;
    void add(projected_event event, untyped_handler handler);

    std::string name_;
    std::uint32_t version_;
    std::vector<read_model_table> tables_;
    std::vector<projected_event> events_;
    std::vector<untyped_handler> handlers_;
};

}  // namespace foldline::inline v0
