#include <foldline/upcasters/known_events_store.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {

known_events_store::known_events_store(event_store& inner, const event_catalog& known, unknown_event_policy unknown,
                                       first_of_a_type on_first)
    : inner_(inner), unknown_(unknown), on_first_(std::move(on_first)) {
    std::string text;
    for (const auto& [type, schema] : known.schemas()) {
        const auto index = static_cast<std::size_t>(inner_.type_id(type));
        if (known_.size() <= index) known_.resize(index + 1, false);
        known_[index] = true;
        text += type.to_string() + '\n';
    }
    known_fingerprint_ = XXH3_64bits(text.data(), text.size());
}

page known_events_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    return inner_.read(query, limit, [&](const event_view& event) {
        return knows(event.type) ? sink(event) : hand_on_unknown(event, sink);
    });
}

flow known_events_store::hand_on_unknown(const event_view& event, event_sink sink) const {
    if (unknown_ == unknown_event_policy::refused)
        throw event_failure(type_of(event.type), event.stream, event.version, event.position,
                            "this program does not know the type: a newer program or another one wrote it; update this "
                            "one, add the type to its catalog, register an upcaster that leads to a type it knows, or "
                            "have unknown events skipped or kept");
    count(event);
    return unknown_ == unknown_event_policy::kept ? sink(event) : flow::go_on;
}

void known_events_store::count(const event_view& event) const {
    const bool is_first = counts_.with([&](auto& counts) { return ++counts[event.type] == 1; });
    if (is_first && on_first_) on_first_(type_of(event.type), event);
}

std::map<std::string, std::uint64_t> known_events_store::counts() const {
    const auto counted = counts_.with([](const auto& counts) { return counts; });
    std::map<std::string, std::uint64_t> by_name;
    for (const auto& [id, count] : counted) by_name[type_of(id).to_string()] = count;
    return by_name;
}

std::uint64_t known_events_store::reading_fingerprint() const {
    if (unknown_ != unknown_event_policy::skipped) return inner_.reading_fingerprint();
    const std::string text = fmt::format("{:016x} {:016x}", inner_.reading_fingerprint(), known_fingerprint_);
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
