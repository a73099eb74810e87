#include "planted_stores.hpp"

#include <string>

namespace foldline_tests {

using namespace foldline;

namespace {

stream_version head_of(const event_store& store, const stream_id& stream) {
    stream_version last;
    store.read(read_query::stream(stream).backward(), batch_limit{1},
               [&](const event_view& event) { last = event.version; });
    return last;
}

}  // namespace

append_result occ_outside_store::append(const append_request& request) {
    append_request unchecked = request;
    for (stream_write& write : unchecked.writes) {
        const stream_version actual = head_of(inner(), write.stream);
        if (!write.expected.admits(actual)) return version_conflict{write.stream, actual};
        write.expected = expected_version::any();
    }
    return inner().append(unchecked);
}

cache_first_store::cache_first_store(event_store& inner) : passing_store(inner), position_(inner.head()) {}

append_result cache_first_store::append(const append_request& request) {
    stream_version version;
    for (const stream_write& write : request.writes) {
        const std::string stream = write.stream.to_string();
        const auto known = versions_.try_emplace(stream, head_of(inner(), write.stream)).first;
        const auto count = static_cast<std::int64_t>(write.events.size());
        known->second.value += count;
        position_.value += count;
        version = known->second;
    }
    append_result result = inner().append(request);
    if (auto* done = std::get_if<appended>(&result); done && done->when == stored::now) {
        done->version = version;
        done->position = position_;
    }
    return result;
}

append_result told_late_store::append(const append_request& request) {
    const append_result result = inner().append(request);
    noted_ = std::make_unique<append_request>(request);
    return result;
}

}  // namespace foldline_tests
