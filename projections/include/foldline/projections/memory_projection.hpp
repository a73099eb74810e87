#pragma once

#include <foldline/core/decider.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/projections/detail/memory_rows.hpp>
#include <foldline/projections/detail/object_file.hpp>
#include <foldline/projections/detail/object_saver.hpp>
#include <foldline/projections/memory_read_models.hpp>
#include <foldline/projections/projection.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The compiler names this one where a handler is not `(T&, const Event&, const event_view&)`.
template <class Handler>
struct no_handler_of_one_event_and_an_object;

namespace detail {
template <class Member>
struct folded_event_of;
template <class C, class T, class E>
struct folded_event_of<void (C::*)(T&, const E&, const event_view&) const> {
    using object = T;
    using type = E;
};
template <class Handler, class T>
concept folds_one_event = requires {
    typename folded_event_of<decltype(&Handler::operator())>::type;
}
&&std::same_as<typename folded_event_of<decltype(&Handler::operator())>::object, T>;
}  // namespace detail

/// A read model that is any C++ object in memory.
///
///     memory_projection<std::map<std::string, std::int64_t>> board{"board", 1};
///     board.on([](std::map<std::string, std::int64_t>& lines, const LineAdded& line, const event_view&) {
///         ++lines[line.country()];
///     });
///     projector projector{store, board.models(), board};   // it keeps its own position
///     projector.catch_up();
///     board.read([](const auto& lines, global_position at) { … });
///
/// A handler that throws may have changed half of the object, which cannot undo it: the object goes back to what was
/// saved last, or to the beginning, and is built again from there. So look first, then change. Readers see that too.
///
/// `read`, `changes`, `save` and `save_error` are shared; the rest is confined to whoever drives it.
template <class T>
class memory_projection final : public projection, public detail::memory_rows {
public:
    /// Throws `definition_error` for a name that is none, or version 0. `initial`: the object before the first event.
    memory_projection(
        std::string name, std::uint32_t version, std::function<T()> initial = [] { return T{}; })
        : name_(std::move(name)), version_(version), initial_(std::move(initial)), state_(initial_()), models_(*this) {
        detail::require_memory_projection(name_, version_);
    }

    /// Handles one kind of event; which one is read off the lambda's second parameter. Throws `definition_error` where
    /// that kind has a handler, and after `save_to`.
    template <class Handler>
    memory_projection& on(Handler handler) {
        if constexpr (detail::folds_one_event<Handler, T>) {
            using event = typename detail::folded_event_of<decltype(&Handler::operator())>::type;
            add<event>(std::move(handler));
        } else {
            no_handler_of_one_event_and_an_object<Handler> error;
        }
        return *this;
    }
    /// The same for a lambda of `auto` parameters, whose event is named: `board.on<LineAdded>([](auto& …`.
    template <class Event, class Handler>
    requires std::is_invocable_v<const Handler&, T&, const Event&, const event_view&> memory_projection& on(
        Handler handler) {
        add<Event>(std::move(handler));
        return *this;
    }

    /// Where its position is kept, for whoever drives it.
    [[nodiscard]] memory_read_models& models() { return models_; }

    /// Calls `use(object, position)`, and gives what it gives: always the object as it is between two batches, which
    /// waits meanwhile. `use` must not read again, and return nothing that refers into the object. Not for handlers.
    template <class Use>
    auto read(Use&& use) const {
        const detail::batch_reader reader{gate()};
        return std::forward<Use>(use)(std::as_const(state_), models_.position());
    }

    /// A hint to look again: it stands elsewhere.
    [[nodiscard]] commit_signal& changes() { return models_.commits(); }

    /// Saves the object among the read models of a file: each time that it has passed `every` events, and by `save`.
    /// What was saved there, by this version and definition and for this store, is loaded now, so that it goes on from
    /// there; anything else is left out of account. Nothing is saved while events are parked: after a restart they are
    /// tried again. `load` may throw for bytes that it cannot read: then it begins at the beginning.
    ///
    /// Throws `definition_error` if it was driven already. The file outlives it, and keeps a table NAME_saved for it.
    memory_projection& save_to(read_model_store& file, const store_identity& source, std::int64_t every,
                               std::function<std::string(const T&)> to_bytes,
                               std::function<T(std::string_view)> from_bytes) {
        return save_as(file, source, every, 0, std::move(to_bytes), std::move(from_bytes));
    }
    /// The same for a message.
    memory_projection& save_to(read_model_store& file, const store_identity& source,
                               std::int64_t every) requires std::derived_from<T, google::protobuf::Message> {
        return save_as(file, source, every, fingerprint_of(*T::descriptor()), detail::message_to_bytes,
                       [](std::string_view bytes) {
                           T message;
                           detail::message_from_bytes(bytes, message);
                           return message;
                       });
    }

    /// False if there is nothing to save: it never ran, events are parked, or it was saved here. Throws
    /// `definition_error` without `save_to`, and fails as the file does.
    bool save() {
        return saver_.save([&] { return to_be_saved(); });
    }
    /// Why it was not saved when it should have been; empty after the next time that it was.
    [[nodiscard]] std::string save_error() const { return saver_.error(); }

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint32_t version() const override { return version_; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return {}; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }

    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session&) override {
        if (!takes(event)) return;
        try {
            handlers_[wanted](state_, message, event);
        } catch (...) {
            spoil();
            throw;
        }
    }
    void flush(sql_session&) override { require_own_models(); }
    void committed(global_position position) override {
        if (position == models_.position()) saver_.save_if_due(position, [&] { return to_be_saved(); });
    }

private:
    using untyped_handler = std::function<void(T&, const google::protobuf::Message&, const event_view&)>;

    template <class Event, class Handler>
    void add(Handler handler) {
        detail::require_new_handler(*this, detail::type_of_event<Event>(), saver_.is_set());
        events_.push_back({detail::type_of_event<Event>(), [] { return message_ptr{new Event}; }});
        handlers_.push_back(
            [handler = std::move(handler)](T& state, const google::protobuf::Message& message, const event_view& view) {
                handler(state, static_cast<const Event&>(message), view);
            });
    }

    memory_projection& save_as(read_model_store& file, const store_identity& source, std::int64_t every,
                               std::uint64_t form, std::function<std::string(const T&)> to_bytes,
                               std::function<T(std::string_view)> from_bytes) {
        to_bytes_ = std::move(to_bytes);
        from_bytes_ = std::move(from_bytes);
        saver_.set(models_, std::make_unique<detail::object_file>(file, *this, source, form), *this, every);
        if (const auto saved = go_back()) models_.begin_at(saver_.state_at(*saved, *this));
        return *this;
    }

    [[nodiscard]] std::optional<detail::saved_object> to_be_saved() const {
        const detail::batch_reader reader{gate()};
        const auto state = models_.to_save();
        if (!state) return {};
        return detail::saved_object{to_bytes_(state_), state->position(), state->partitions.front().reached};
    }

    [[nodiscard]] const projection& described() const override { return *this; }
    [[nodiscard]] bool is_like(const memory_rows& other) const override {
        return dynamic_cast<const memory_projection*>(&other) != nullptr;
    }
    void exchange(memory_rows& other) override {
        using std::swap;
        swap(state_, dynamic_cast<memory_projection&>(other).state_);
    }
    void begin_anew() override { state_ = initial_(); }
    void forget_saved() override { saver_.forget(); }
    [[nodiscard]] std::optional<saved_place> go_back() override {
        state_ = initial_();
        return saver_.load([&](std::string_view bytes) { state_ = from_bytes_(bytes); });
    }

    std::string name_;
    std::uint32_t version_;
    std::vector<projected_event> events_;
    std::vector<untyped_handler> handlers_;
    std::function<T()> initial_;
    T state_;
    std::function<std::string(const T&)> to_bytes_;
    std::function<T(std::string_view)> from_bytes_;
    detail::object_saver saver_;
    memory_read_models models_;
};

}  // namespace foldline::inline v0
