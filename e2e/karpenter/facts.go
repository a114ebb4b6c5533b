package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// The region and the zones that every type is offered in. No pod of ours asks for others in earnest.
const region = "us-west-2"

var zones = []zone{{"us-west-2a", "usw2-az1"}, {"us-west-2b", "usw2-az2"}}

type zone struct{ name, id string }

// instance is a type as EC2's DescribeInstanceTypes prints it; the SDKs of both generations read this.
type instance map[string]any

// instances makes of the facts what EC2 would answer. Types of which the facts lack CPUs or interfaces are
// left out: nobody knows what EC2 says of them.
func instances(facts io.Reader) (names []string, answer []byte, err error) {
	rows, err := csv.NewReader(facts).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	var all []instance
	for _, cells := range rows[1:] {
		row := row{}
		for column, name := range rows[0] {
			row[name] = cells[column]
		}
		if row["vcpus"] == "" || row["memory_mib"] == "" || row["default_card_enis"] == "" || row["arch"] == "" {
			continue
		}
		names = append(names, row["instance_type"])
		all = append(all, row.instance())
	}
	answer, err = json.Marshal(all)
	return names, answer, err
}

// row is a line of the facts by the names of its columns.
type row map[string]string

// number is the number in a cell; an empty one is none.
func (r row) number(column string) int64 {
	if r[column] == "" {
		return 0
	}
	number, err := strconv.ParseInt(r[column], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s of %s: %v", column, r["instance_type"], err))
	}
	return number
}

// EC2 spells them so, and Karpenter compares some of them letter by letter.
var (
	architectures = map[string]string{"amd64": "x86_64", "arm64": "arm64"}
	manufacturers = map[string]string{
		"nvidia": "NVIDIA", "amd": "AMD", "habana": "Habana", "intel": "Intel", "aws": "AWS", "qualcomm": "Qualcomm",
	}
	// Cores of one Neuron device, by family; the facts have devices only.
	neuronCores = map[string]int64{"inf1": 4, "inf2": 2, "trn1": 2, "trn1n": 2, "trn2": 8}
)

func spelled(manufacturer string) string {
	if word, ok := manufacturers[manufacturer]; ok {
		return word
	}
	return manufacturer
}

func (r row) instance() instance {
	one := instance{
		"InstanceType":          r["instance_type"],
		"BareMetal":             r["bare_metal"] == "true",
		"Hypervisor":            r["hypervisor"],
		"SupportedUsageClasses": []string{"on-demand", "spot"},
		"VCpuInfo":              instance{"DefaultVCpus": r.number("vcpus")},
		"MemoryInfo":            instance{"SizeInMiB": r.number("memory_mib")},
		"ProcessorInfo": instance{
			"SupportedArchitectures": []string{architectures[r["arch"]]},
			"Manufacturer":           spelled(r["cpu_manufacturer"]),
		},
		"NetworkInfo": r.network(),
	}
	if r["ebs_bandwidth_mbps"] != "" {
		one["EbsInfo"] = instance{
			"EbsOptimizedSupport": "default",
			"EbsOptimizedInfo":    instance{"MaximumBandwidthInMbps": r.number("ebs_bandwidth_mbps")},
		}
	}
	if size := r.number("local_nvme_gib"); size > 0 {
		one["InstanceStorageInfo"] = instance{"NvmeSupport": "required", "TotalSizeInGB": size}
	}
	if r["gpu_name"] != "" {
		one["GpuInfo"] = instance{"Gpus": []instance{{
			"Name":         r["gpu_name"],
			"Manufacturer": spelled(r["gpu_manufacturer"]),
			"Count":        r.number("gpu_count"),
			"MemoryInfo":   instance{"SizeInMiB": r.number("gpu_memory_mib")},
		}}}
	}
	r.accelerators(one)
	return one
}

func (r row) network() instance {
	cards := max(r.number("network_cards"), 1)
	var listed []instance
	for card := range cards {
		listed = append(listed, instance{
			"NetworkCardIndex": card,
			// All cards of a type are alike.
			"MaximumNetworkInterfaces": r.number("default_card_enis"),
		})
	}
	network := instance{
		"MaximumNetworkCards":          cards,
		"DefaultNetworkCardIndex":      0,
		"NetworkCards":                 listed,
		"Ipv4AddressesPerInterface":    r.number("ipv4_per_eni"),
		"EnaSupport":                   "required",
		"EncryptionInTransitSupported": r["encryption_in_transit"] == "true",
		"EfaSupported":                 false,
	}
	if efa := r.number("efa_interfaces"); efa > 0 {
		network["EfaSupported"] = true
		network["EfaInfo"] = instance{"MaximumEfaInterfaces": efa}
	}
	return network
}

// accelerators: EC2 tells those of AWS as Neuron devices, Inferentia as an inference accelerator too, as it
// did before there were Neuron devices in its answer, and by its first name.
func (r row) accelerators(one instance) {
	name, count := r["accelerator_name"], r.number("accelerator_count")
	if name == "" {
		return
	}
	family, manufacturer := r["family"], r["accelerator_manufacturer"]
	if manufacturer == "aws" {
		one["NeuronInfo"] = instance{"NeuronDevices": []instance{{
			"Name":       name,
			"Count":      count,
			"CoreInfo":   instance{"Count": max(neuronCores[family], 1), "Version": 2},
			"MemoryInfo": instance{"SizeInMiB": 16384},
		}}}
	}
	if manufacturer != "aws" || family[:3] == "inf" {
		first := name
		if manufacturer == "aws" {
			first = "Inferentia"
		}
		one["InferenceAcceleratorInfo"] = instance{"Accelerators": []instance{{
			"Name": first, "Manufacturer": spelled(manufacturer), "Count": count,
		}}}
	}
}
