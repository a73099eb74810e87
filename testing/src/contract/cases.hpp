#pragma once

#include <foldline/testing/event_store_contract.hpp>

namespace foldline::inline v0::testing::contract {

// One group for each part of the port, each in a file of its own.
using case_list = std::span<const contract_case>;

case_list expectation_cases();
case_list request_cases();
case_list condition_cases();
case_list repeat_cases();
case_list read_cases();
case_list filter_cases();
case_list sink_cases();
case_list value_cases();
case_list time_cases();
case_list type_cases();
case_list limit_cases();
case_list name_cases();
case_list reopen_cases();
case_list thread_cases();

}  // namespace foldline::inline v0::testing::contract
