#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_store.hpp>

#include <map>
#include <string>

namespace shop {

/// Tells people what the shop's events say.
///
/// confined. `store` outlives it, and everything described was read from it.
class event_describer {
public:
    explicit event_describer(const foldline::event_store& store);

    /// "6 x 85123A at 2.55, WHITE HANGING HEART"; as the event has it, so escape it before a terminal gets it.
    [[nodiscard]] std::string in_words(const foldline::event_view& event) const;
    /// The fields as a JSON object, in the form that Protobuf gives them; `null` for an event of another program.
    [[nodiscard]] std::string in_json(const foldline::event_view& event) const;

private:
    struct known_event {
        foldline::event_type type;
        foldline::message_ptr reused;
        std::string (*in_words)(const google::protobuf::Message& event);
    };
    template <class Event>
    void know();
    [[nodiscard]] const known_event* find(const foldline::event_view& event) const;

    const foldline::event_store& store_;
    std::map<foldline::event_type_id, known_event> known_;
};

}  // namespace shop
