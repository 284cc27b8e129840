import { Combobox } from '../shell/combobox.js';
import { placeText } from '../trips/admin-trip.js';
import { findAddresses, type Address } from '../city/addresses.js';
import { type Place } from './place.js';

interface PlaceFieldProps {
  label: string;
  placeholder?: string;
  place: Place | undefined;
  onPlace: (place: Place | undefined) => void;
}

/** A place by its address, among the streets and house numbers of the city. */
export function PlaceField({ label, placeholder, place, onPlace }: PlaceFieldProps) {
  return (
    <Combobox<Address>
      label={label}
      {...(placeholder ? { placeholder } : {})}
      text={place ? (place.address ?? placeText(place)) : ''}
      find={(text) => findAddresses(text)}
      keyOf={({ label: name, lat, lng }) => `${name} ${lat} ${lng}`}
      show={({ label: name }) => name}
      onChoose={({ label: address, lat, lng }) => onPlace({ lat, lng, address })}
      onClear={() => onPlace(undefined)}
    />
  );
}
