#pragma once

#include <foldline/upcasters/schema_check.hpp>
#include <foldline/upcasters/schema_set.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace foldline::inline v0 {

/// A schema that a history got, and where it stands.
///
/// value.
struct recorded_schema {
    std::string type;  ///< "order-placed@2"
    std::size_t revision;
    std::filesystem::path file;
};

/// The schemas under which a program's events were released: a folder of its repository with a text file for each
/// revision of each event, `order-placed/2.1.textpb`, to be read in reviews. Files come, and none is ever changed.
///
/// value: what the folder held when it was read. Two processes that record at once cannot overwrite each other's files.
class schema_history {
public:
    /// A folder that is not there is a history without schemas. Throws `corrupt_data`, with file and line, for a file
    /// that cannot be read or is not what its name says, and for a revision that is missing between others.
    explicit schema_history(std::filesystem::path folder);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const schema_past& past() const { return past_; }
    [[nodiscard]] std::filesystem::path file_of(event_type type, std::size_t revision) const;

    /// Those of the messages that are not the last revision of their types.
    [[nodiscard]] schema_set unrecorded(const schema_set& messages) const;

    /// Writes a file for each message that is not recorded, in the order of their types. Throws `definition_error` for
    /// what is no name of an event, and `storage_error`; what was written until then stays.
    std::vector<recorded_schema> record(const schema_set& messages);

private:
    std::filesystem::path folder_;
    schema_past past_;
};

/// Records the messages of a program, unless they break a rule: then throws `incompatible_schema` with a line for each,
/// and records nothing. Whoever means it names the rules in `asked.allowed`.
std::vector<recorded_schema> accept(schema_history& history, const schema_set& messages, const upcaster_chain* chain,
                                    const compatibility& asked);

}  // namespace foldline::inline v0
