#include "event_classes.hpp"

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <algorithm>
#include <set>

namespace foldline::inline v0::sqlite {

namespace {

/// What the chain of an upcasting store ends in, as far as its steps know the class or the schema of it. A store that
/// is wrapped in another one is not found.
std::vector<event_schema> made_by(const event_store& store) {
    std::vector<event_schema> made;
    const auto* const upcasting = dynamic_cast<const upcasting_event_store*>(&store);
    if (!upcasting) return made;
    const upcaster_chain& chain = upcasting->chain();
    for (const auto& [from, step] : chain.steps()) {
        if (const auto described = step.declared ? step.declared->made() : std::nullopt)
            if (!chain.step_from(described->type)) made.push_back(*described);
        for (const upcaster::event_class& to : step.to) {
            if (!to.new_message || chain.step_from(to.type)) continue;
            const message_ptr message = to.new_message();
            const google::protobuf::Descriptor& of = *message->GetDescriptor();
            made.push_back({to.type, of.full_name(), descriptor_set_of(of)});
        }
    }
    return made;
}

}  // namespace

event_classes::event_classes(const event_store& store, std::vector<event_schema> made)
    : store_(store), made_(std::move(made)) {
    for (event_schema& each : made_by(store_)) made_.push_back(std::move(each));
}

std::vector<std::string> event_classes::names() const {
    std::set<std::string> names;
    for (const event_type& each : store_.stored_types()) names.emplace(each.name);
    for (const event_schema& each : made_) names.emplace(each.type.name);
    return {names.begin(), names.end()};
}

const google::protobuf::Message* event_classes::prototype_of(event_type type) {
    const std::scoped_lock lock{making_};
    const std::pair key{std::string(type.name), type.version};
    if (const auto known = known_.find(key); known != known_.end()) return known->second.prototype.get();
    const std::vector<event_schema> stored = store_.stored_schemas(type);
    const auto made =
        std::find_if(made_.begin(), made_.end(), [&](const event_schema& each) { return each.type == type; });
    // Nothing is kept of a type without a schema: its next event may bring one.
    if (stored.empty() && made == made_.end()) return nullptr;
    known_class& known = known_[key];
    known.schema = std::make_unique<message_schema>(stored.empty() ? *made : stored.back());
    known.prototype = known.schema->new_message();
    return known.prototype.get();
}

const google::protobuf::Message* event_classes::made_prototype(const event_schema& schema) {
    const std::scoped_lock lock{making_};
    known_class& known = known_made_[&schema];
    if (known.prototype) return known.prototype.get();
    known.schema = std::make_unique<message_schema>(schema);
    known.prototype = known.schema->new_message();
    return known.prototype.get();
}

std::vector<const google::protobuf::Message*> event_classes::prototypes_of(const std::string& name) {
    std::set<std::uint32_t> versions;
    for (const event_type& each : store_.stored_types())
        if (each.name == name) versions.insert(each.version);
    for (const event_schema& each : made_)
        if (each.type.name == name) versions.insert(each.type.version);
    std::vector<const google::protobuf::Message*> prototypes;
    for (const std::uint32_t version : versions)
        if (const auto* known = prototype_of({name, version})) prototypes.push_back(known);
    // The class that an event is made of may be another one than the store keeps of its type.
    for (const event_schema& each : made_)
        if (each.type.name == name) prototypes.push_back(made_prototype(each));
    add_read_messages(name, prototypes);
    return prototypes;
}

/// A store that upcasts hands old events out as messages of classes that may never have been stored. The oldest and the
/// latest event of the name show them.
void event_classes::add_read_messages(const std::string& name,
                                      std::vector<const google::protobuf::Message*>& prototypes) const {
    if (store_.reading_fingerprint() == 0) return;
    const auto query = read_query::all().of_types({wanted_type::every_version_of(name)});
    for (read_query each : {query, query.backward()}) {
        bool found = false;
        const auto look = [&](const event_view& event) {
            found = true;
            if (!event.message) return;
            const auto* prototype =
                event.message->GetReflection()->GetMessageFactory()->GetPrototype(event.message->GetDescriptor());
            if (std::find(prototypes.begin(), prototypes.end(), prototype) == prototypes.end())
                prototypes.push_back(prototype);
        };
        for (page page; !page.at_end && !found; each = each.from(page)) page = store_.read(each, batch_limit{1}, look);
    }
}

}  // namespace foldline::inline v0::sqlite
