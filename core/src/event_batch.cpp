#include <foldline/core/event_batch.hpp>

#include <google/protobuf/message.h>

#include <cstring>

namespace foldline::inline v0 {

void event_batch::add(const event_view& event) {
    event_view copy = event;
    if (!events_.empty() && events_.back().stream == event.stream) {
        copy.stream = events_.back().stream;  // events of one stream mostly come in runs
    } else {
        copy.stream.category = kept(event.stream.category);
        copy.stream.id = kept(event.stream.id);
    }
    copy.metadata = kept(event.metadata);
    copy.payload = kept(event.payload);
    if (event.message) {
        message_ptr message{event.message->New()};
        message->CopyFrom(*event.message);
        copy.message = messages_.emplace_back(std::move(message)).get();
    }
    events_.push_back(copy);
}

void event_batch::shorten_to(std::size_t count) {
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(count), events_.end());
}

void event_batch::clear() {
    events_.clear();
    messages_.clear();
    bytes_.release();
}

std::string_view event_batch::kept(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* const to = static_cast<char*>(bytes_.allocate(bytes.size(), 1));
    std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
}

}  // namespace foldline::inline v0
