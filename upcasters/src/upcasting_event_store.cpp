#include <foldline/upcasters/upcasting_event_store.hpp>

#include "stored_classes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/event_filter.hpp>
#include <foldline/upcasters/aliasing_event_store.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <string_view>

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
class upcasting_event_store::reading final : detail::upcast_call {
public:
    reading(const upcasting_event_store& store, event_sink sink) : store_(store), sink_(sink) {}

    flow hand_on(const event_view& event) {
        // A view that is a part already comes from another upcasting store below this one; the parts of one stored
        // event are then numbered through. A filter may have left out the first of them.
        if (event.position != position_) next_part_ = 0;
        position_ = event.position;
        const node* first = store_.old_schema(event.type);
        if (first) return upcast_and_hand_on(event, *first);
        if (event.part == next_part_) {
            ++next_part_;
            return sink_(event);
        }
        event_view renumbered = event;
        renumbered.part = next_part_++;
        return sink_(renumbered);
    }

private:
    using message = google::protobuf::Message;

    struct made_event {
        std::size_t node;
        const message* event;
    };
    struct node_messages {
        const message_schema* schema = nullptr;  // only of a node without a class
        std::vector<message_ptr> messages{};
        std::size_t used = 0;
    };
    struct earlier_message {
        const upcaster::event_class* wanted;
        message_ptr event;
    };

    flow upcast_and_hand_on(const event_view& event, const node& first) {
        // Everything is made before anything is handed on: a sink's own exception must not be taken for the upcaster's,
        // and one that stops still gets the stored event whole.
        start_over();
        stored = &event;
        make_current(first, nullptr);

        event_view current = event;
        flow answer = flow::go_on;
        for (const made_event& part : current_) {
            current.type = store_.nodes_[part.node].id;
            current.message = part.event;
            current.part = next_part_++;
            if (sink_(current) == flow::stop) answer = flow::stop;
        }
        return answer;
    }

    void start_over() {
        of_nodes_.resize(store_.nodes_.size());
        for (const made_event& part : made_) of_nodes_[part.node].used = 0;
        made_.clear();
        current_.clear();
    }

    /// Runs the step of `from` and the steps of what it made, depth first, so that the parts come in order. `made` is
    /// what the step before made; the first has none.
    void make_current(const node& from, const message* made) {
        if (from.needs_stored_schema) find_schemas(from);
        if (!from.step->earlier.empty()) find_earlier(*from.step);
        give_old(from, made);
        const std::size_t begin = made_.size();
        running_ = &from;
        run(*from.step);
        const std::size_t end = made_.size();
        for (std::size_t i = begin; i < end; ++i) {
            const made_event part = made_[i];
            const node& reached = store_.nodes_[part.node];
            if (reached.step) make_current(reached, part.event);
            else current_.push_back(part);
        }
    }

    void run(const upcaster& step) {
        try {
            step.upcast(*this);
        } catch (const std::bad_alloc&) {
            throw;  // says nothing about the event
        } catch (const std::exception& failure) {
            fail(step, failure.what());
        }
    }

    [[noreturn]] void fail(const upcaster& step, std::string_view why) const {
        throw event_failure(store_.type_of(stored->type), stored->stream, stored->version, stored->position,
                            fmt::format("the upcaster ({}) failed: {}", step.to_string(), why));
    }

    void give_old(const node& from, const message* made) {
        if (from.step->takes == upcaster::input::message) {
            old = made ? made : &decode(*stored, reused_message(store_.index_of(from)), from.type);
            return;
        }
        old = nullptr;
        if (const message* present = made ? made : stored->message) {
            present->SerializePartialToString(&serialized_);
            bytes = serialized_;
        } else {
            bytes = stored->payload;
        }
    }

    /// The store is asked before a step runs: what it throws is its own, and not the upcaster's failure.
    void find_schemas(const node& from) {
        try {
            find_schema(store_.index_of(from));
            for (const std::size_t target : from.targets) find_schema(target);
        } catch (const definition_error& missing) {
            fail(*from.step, missing.what());
        }
    }
    void find_schema(std::size_t index) {
        const node& of = store_.nodes_[index];
        const message_schema*& known = of_nodes_[index].schema;
        if (!of.is_message || of.new_message || known) return;
        // A step means the schema that it was written for, also where the store keeps one of a later program.
        known = of.described_by ? &store_.stored_classes_->of(*of.described_by->made())
                                : &store_.stored_classes_->newest(of.type);
    }

    void find_earlier(const upcaster& step) {
        found_earlier_.clear();
        try {
            for (const upcaster::event_class& wanted : step.earlier) found_earlier_.push_back(last_before(wanted));
        } catch (const event_failure& failure) {
            fail(step, failure.what());  // a reader parks, or reports, the event that it is at
        }
        earlier = found_earlier_;
    }

    const message* last_before(const upcaster::event_class& wanted) {
        message& reused = earlier_of(wanted);
        bool is_found = false;
        auto query = read_query::stream(stream_id{stored->stream}).before(stored->version).backward();
        for (query = query.of_types({wanted.type});;) {
            const page page = store_.inner_.read(query, batch_limit{1}, [&](const event_view& event) {
                const message& read = decode(event, reused, wanted.type);
                if (&read != &reused) reused.CopyFrom(read);
                is_found = true;
            });
            if (is_found) return &reused;
            if (page.at_end) return nullptr;
            query = query.from(page);
        }
    }

    message& earlier_of(const upcaster::event_class& wanted) {
        for (const earlier_message& each : earlier_messages_)
            if (each.wanted == &wanted) return *each.event;
        return *earlier_messages_.emplace_back(earlier_message{&wanted, wanted.new_message()}).event;
    }

    message& next(std::size_t target) override { return reused_message(running_->targets[target]); }

    message& reused_message(std::size_t index) {
        node_messages& own = of_nodes_[index];
        if (own.used == own.messages.size()) {
            const auto make = store_.nodes_[index].new_message;
            own.messages.push_back(make ? make() : own.schema->new_message());
        }
        message& reused = *own.messages[own.used++];
        made_.push_back({index, &reused});
        return reused;
    }

    const upcasting_event_store& store_;
    event_sink sink_;
    global_position position_;  // of the stored event that is at hand
    std::uint32_t next_part_ = 0;

    const node* running_ = nullptr;
    std::vector<node_messages> of_nodes_;
    std::vector<made_event> made_;     // every message in use for the event at hand
    std::vector<made_event> current_;  // those at the end of the chain
    std::vector<earlier_message> earlier_messages_;
    std::vector<const message*> found_earlier_;
    std::string serialized_;
};

upcasting_event_store::upcasting_event_store(event_store& inner, const upcaster_chain& chain)
    : chain_(chain),
      aliases_(chain.renamed_categories().empty()
                   ? nullptr
                   : std::make_unique<aliasing_event_store>(inner, chain.renamed_categories())),
      inner_(aliases_ ? *aliases_ : inner),
      stored_classes_(std::make_unique<detail::stored_classes>(inner)) {
    for (const auto& [from, step] : chain_.steps()) {
        const std::size_t source = node_of({from, step.new_source});
        nodes_[source].step = &step;
        nodes_[source].is_message |= step.takes == upcaster::input::message;
        for (const auto& target : step.to) {
            const std::size_t reached = node_of(target);
            nodes_[reached].is_message = true;
            if (step.declared && step.declared->made()) nodes_[reached].described_by = step.declared.get();
            nodes_[source].targets.push_back(reached);
        }
    }
    for (node& each : nodes_) each.needs_stored_schema = lacks_class(each);
    for (const node& old : nodes_) {
        if (!old.step) continue;
        const auto index = static_cast<std::size_t>(old.id);
        if (old_schemas_.size() <= index) old_schemas_.resize(index + 1, nullptr);
        old_schemas_[index] = &old;
    }
}

upcasting_event_store::~upcasting_event_store() = default;

std::size_t upcasting_event_store::node_of(const upcaster::event_class& schema) {
    for (node& known : nodes_) {
        if (known.type != schema.type) continue;
        if (!known.new_message) known.new_message = schema.new_message;
        else if (schema.new_message) require_one_class(known.type, known.new_message, schema.new_message);
        return index_of(known);
    }
    nodes_.push_back({schema.type, inner_.type_id(schema.type), schema.new_message});
    return nodes_.size() - 1;
}

/// Whether its step handles messages that no class of the chain can hold.
bool upcasting_event_store::lacks_class(const node& of) const {
    const auto lacks = [](const node& each) { return each.is_message && !each.new_message; };
    return lacks(of) ||
           std::any_of(of.targets.begin(), of.targets.end(), [&](std::size_t target) { return lacks(nodes_[target]); });
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
    if (chain_.empty()) return inner_.reading_fingerprint();
    const std::string text = fmt::format("{:016x} {:016x}", inner_.reading_fingerprint(), chain_.fingerprint());
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
