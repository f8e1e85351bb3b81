/// <reference lib="dom" />
// @ts-types="npm:@types/leaflet@1.9.22"
export * from "leaflet";
