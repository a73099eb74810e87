#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace foldline_tests {

struct field_model {
    enum class form { plain, repeated, map, entries };  ///< `entries`: a map spelt out as a repeated message

    std::string name;
    int number = 0;
    std::string type{};
    form shape = form::plain;
    std::string label{};          ///< "optional", "required" or none; of plain fields
    std::string oneof{};          ///< the name of the oneof that it is in
    std::string default_value{};  ///< as the `.proto` has it
    std::string key{};            ///< type of a map's keys
};

struct message_model {
    std::string name;
    std::vector<field_model> fields{};
    std::set<int> reserved{};
};

struct enum_model {
    std::string name;
    std::vector<std::pair<std::string, int>> values{};
    std::set<int> reserved{};
};

/// A `.proto` file with an event, a message and an enum that it may hold.
///
/// value.
struct file_model {
    bool is_proto3 = true;
    std::string package = "shop";
    message_model order{"Order"};
    message_model part{"Part"};
    enum_model status{"Status"};

    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] std::string event_name() const { return package + "." + order.name; }
};

/// Random files, and what people do to them.
class file_maker {
public:
    explicit file_maker(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] file_model make();
    /// One change; it may make no sense to a compiler.
    void change(file_model& file);
    [[nodiscard]] int up_to(int highest) { return std::uniform_int_distribution<int>{0, highest}(random_); }
    [[nodiscard]] std::mt19937_64& random() { return random_; }

private:
    [[nodiscard]] field_model make_field(const file_model& file, const message_model& owner, bool may_nest);
    [[nodiscard]] std::string make_type(bool may_nest);
    [[nodiscard]] std::string make_default(const std::string& type);
    void change_field(file_model& file, message_model& owner);
    void change_within_encoding(field_model& field);
    void change_fields_of(file_model& file, message_model& owner);
    void change_status(file_model& file);
    void change_file(file_model& file);
    void join_in_oneof(message_model& owner);
    [[nodiscard]] bool one_in(int chances) { return up_to(chances - 1) == 0; }

    std::mt19937_64 random_;
    int names_ = 0;
};

}  // namespace foldline_tests
