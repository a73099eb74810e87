// `schema show`: the `.proto` text of a stored schema.

#include "base64.hpp"
#include "opened_store.hpp"
#include "schema_catalog.hpp"
#include "schema_verbs.hpp"
#include "shown_lines.hpp"

#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

json as_json(const cataloged_schema& found, const google::protobuf::Descriptor& message) {
    json object{{"event", found.schema.type.to_string()},
                {"revision", found.revision},
                {"revisions", found.revisions},
                {"message", message.full_name()},
                {"retired", is_retired(message)},
                {"personal", personal_fields(message)},
                {"files", json::array()}};
    for (const proto_file& each : proto_files(*message.file()))
        object["files"].push_back({{"name", each.name}, {"text", each.text}});
    object["descriptor_set_base64"] = base64(found.schema.descriptor_set);
    return object;
}

}  // namespace

int run(const schema_show_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    const cataloged_schema found = schema_catalog{store.stored(), request.store.string()}.find(request.which);
    const message_schema schema{found.schema};
    if (request.display.shape != format::text) {
        print_object(as_json(found, schema.descriptor()), request.display, to.out);
        return exit_code::ok;
    }
    const std::string text =
        fmt::format("// {}, revision {} of {}: {}\n\n{}", found.schema.type.to_string(), found.revision,
                    found.revisions, schema.descriptor().full_name(), proto_text(*schema.descriptor().file()));
    print_lines(text, request.display.escape, to.out);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
