#include <foldline/upcasters/schema_set.hpp>

#include <iterator>
#include <limits>

namespace foldline::inline v0 {

schema_set& schema_set::add(const event_schema& schema) {
    auto known = names_.find(schema.type.name);
    if (known == names_.end()) {
        auto name = std::make_shared<const std::string>(schema.type.name);
        known = names_.emplace(*name, name).first;
    }
    event_schema kept = schema;
    kept.type.name = known->first;
    schemas_[kept.type].push_back(std::move(kept));
    return *this;
}

std::span<const event_schema> schema_set::of(event_type type) const {
    const auto known = schemas_.find(type);
    return known == schemas_.end() ? std::span<const event_schema>{} : known->second;
}

std::uint32_t schema_set::newest_version(std::string_view name) const {
    const auto beyond = schemas_.upper_bound({name, std::numeric_limits<std::uint32_t>::max()});
    if (beyond == schemas_.begin() || std::prev(beyond)->first.name != name) return 0;
    return std::prev(beyond)->first.version;
}

schema_past past_of(const event_store& store) {
    schema_past past{{}, past_kind::one_store};
    for (const event_type type : store.stored_types())
        for (const event_schema& schema : store.stored_schemas(type)) past.schemas.add(schema);
    return past;
}

}  // namespace foldline::inline v0
