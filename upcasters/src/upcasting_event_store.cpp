#include <foldline/upcasters/upcasting_event_store.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/event_filter.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <exception>
#include <new>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

/// What one step makes, the next one takes for its own class without looking.
void require_one_class(event_type type, message_ptr (*one)(), message_ptr (*other)()) {
    if (one == other) return;
    const message_ptr first = one();
    const message_ptr second = other();
    if (first->GetDescriptor() != second->GetDescriptor())
        throw definition_error(fmt::format("two messages are the event {}: {} and {}", type.to_string(),
                                           first->GetDescriptor()->full_name(), second->GetDescriptor()->full_name()));
}

}  // namespace

/// One call of `read`: the messages that it reuses are its own, because reads run side by side, and a sink may read
/// again through the same store.
class upcasting_event_store::reading final : detail::upcast_output {
public:
    reading(const upcasting_event_store& store, event_sink sink) : store_(store), sink_(sink) {}

    flow hand_on(const event_view& event) {
        // A view that is a part already comes from another upcasting store below this one; the parts of one stored
        // event are then numbered through.
        if (event.part == 0) next_part_ = 0;
        const node* old = store_.old_schema(event.type);
        if (old) return upcast_and_hand_on(event, *old);
        if (event.part == next_part_) {
            ++next_part_;
            return sink_(event);
        }
        event_view renumbered = event;
        renumbered.part = next_part_++;
        return sink_(renumbered);
    }

private:
    struct made_event {
        std::size_t node;
        const google::protobuf::Message* message;
    };
    struct message_pool {
        std::vector<message_ptr> messages;
        std::size_t used = 0;
    };

    flow upcast_and_hand_on(const event_view& event, const node& old) {
        // Everything is made before anything is handed on: a sink's own exception must not be taken for the upcaster's,
        // and one that stops still gets the stored event whole.
        start_over();
        const auto index = static_cast<std::size_t>(&old - store_.nodes_.data());
        make_current(old, decode(event, reused_message(index), old.type), event);

        event_view current = event;
        flow answer = flow::go_on;
        for (const made_event& part : current_) {
            current.type = store_.nodes_[part.node].id;
            current.message = part.message;
            current.part = next_part_++;
            if (sink_(current) == flow::stop) answer = flow::stop;
        }
        return answer;
    }

    void start_over() {
        pools_.resize(store_.nodes_.size());
        for (const made_event& part : made_) pools_[part.node].used = 0;
        made_.clear();
        current_.clear();
    }

    /// Runs the step of `old` and the steps of what it made, depth first, so that the parts come in order.
    void make_current(const node& old, const google::protobuf::Message& message, const event_view& event) {
        const std::size_t begin = made_.size();
        running_ = &old;
        run(*old.step, message, event);
        const std::size_t end = made_.size();
        for (std::size_t i = begin; i < end; ++i) {
            const made_event part = made_[i];
            const node& reached = store_.nodes_[part.node];
            if (reached.step) make_current(reached, *part.message, event);
            else current_.push_back(part);
        }
    }

    void run(const upcaster& step, const google::protobuf::Message& message, const event_view& event) {
        try {
            step.upcast(message, *this);
        } catch (const std::bad_alloc&) {
            throw;  // says nothing about the event
        } catch (const std::exception& failure) {
            throw event_failure(store_.type_of(event.type), event.stream, event.version, event.position,
                                fmt::format("the upcaster ({}) failed: {}", step.to_string(), failure.what()));
        }
    }

    google::protobuf::Message& next(std::size_t target) override { return reused_message(running_->targets[target]); }

    google::protobuf::Message& reused_message(std::size_t node) {
        message_pool& pool = pools_[node];
        if (pool.used == pool.messages.size()) pool.messages.push_back(store_.nodes_[node].new_message());
        google::protobuf::Message& message = *pool.messages[pool.used++];
        made_.push_back({node, &message});
        return message;
    }

    const upcasting_event_store& store_;
    event_sink sink_;
    std::uint32_t next_part_ = 0;

    const node* running_ = nullptr;
    std::vector<message_pool> pools_;  // by node
    std::vector<made_event> made_;     // every message in use for the event at hand
    std::vector<made_event> current_;  // those at the end of the chain
};

upcasting_event_store::upcasting_event_store(event_store& inner, const upcaster_chain& chain)
    : inner_(inner), chain_(chain) {
    for (const auto& [from, step] : chain_.steps()) {
        const std::size_t source = node_of(from, step.new_source);
        nodes_[source].step = &step;
        for (const auto& target : step.to) {
            const std::size_t reached = node_of(target.type, target.new_message);
            nodes_[source].targets.push_back(reached);
        }
    }
    for (const node& old : nodes_) {
        if (!old.step) continue;
        const auto index = static_cast<std::size_t>(old.id);
        if (old_schemas_.size() <= index) old_schemas_.resize(index + 1, nullptr);
        old_schemas_[index] = &old;
    }
}

std::size_t upcasting_event_store::node_of(event_type type, message_ptr (*new_message)()) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].type != type) continue;
        require_one_class(type, nodes_[i].new_message, new_message);
        return i;
    }
    nodes_.push_back({type, inner_.type_id(type), new_message, nullptr, {}});
    return nodes_.size() - 1;
}

page upcasting_event_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    if (nodes_.empty()) return inner_.read(query, limit, sink);
    if (query.types().empty()) {
        reading call{*this, sink};
        return inner_.read(query, limit, [&](const event_view& event) { return call.hand_on(event); });
    }
    event_filter wanted{query};
    const auto if_wanted = [&](const event_view& event) {
        const bool admitted = wanted.admits_type(event.type, [&](event_type_id id) { return type_of(id); });
        return admitted ? sink(event) : flow::go_on;
    };
    reading call{*this, if_wanted};
    return inner_.read(of_stored_types(query), limit, [&](const event_view& event) { return call.hand_on(event); });
}

/// The same query of the store below: for all that may become an event of the types that it names.
read_query upcasting_event_store::of_stored_types(const read_query& query) const {
    std::vector<wanted_type> stored = query.types();
    for (const auto& [from, step] : chain_.steps()) {
        const std::vector<event_type> ends = chain_.ends_of(from);
        const bool leads_there = std::any_of(ends.begin(), ends.end(), [&](event_type end) {
            return std::any_of(query.types().begin(), query.types().end(),
                               [&](const wanted_type& one) { return one.admits(end); });
        });
        if (leads_there) stored.emplace_back(from);
    }
    return query.of_types(std::move(stored));
}

std::uint64_t upcasting_event_store::reading_fingerprint() const {
    // A store with an empty chain hands out what the inner one does, so states kept from before stay good.
    if (chain_.steps().empty()) return inner_.reading_fingerprint();
    const std::string text = fmt::format("{:016x} {:016x}", inner_.reading_fingerprint(), chain_.fingerprint());
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
