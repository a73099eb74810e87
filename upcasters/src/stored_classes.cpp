#include "stored_classes.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::detail {

const message_schema& stored_classes::newest(event_type type) const {
    const std::vector<event_schema> schemas = store_.stored_schemas(type);
    if (schemas.empty())
        throw definition_error(
            fmt::format("no upcaster has a class for {}, and the store keeps no schema of it; use its generated class "
                        "in an upcaster",
                        type.to_string()));
    return of(schemas.back());
}

const message_schema& stored_classes::of(const event_schema& schema) const {
    const event_type_id id = store_.type_id(schema.type);
    return classes_.with([&](std::vector<made_class>& classes) -> const message_schema& {
        for (const made_class& known : classes)
            if (known.type == id && known.descriptor_set == schema.descriptor_set) return *known.schema;
        auto made = std::make_unique<const message_schema>(schema);
        return *classes.emplace_back(made_class{id, schema.descriptor_set, std::move(made)}).schema;
    });
}

}  // namespace foldline::inline v0::detail
