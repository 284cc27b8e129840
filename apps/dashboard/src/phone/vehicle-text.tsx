import { type Vehicle } from '#libs/contracts/browser';

/** How a car is found on the street. */
export function VehicleText({ vehicle }: { vehicle: Vehicle | null }) {
  if (!vehicle) return null;
  const { make, model, color, plate } = vehicle;
  return (
    <span className="vehicle">
      {color} {make} {model} <span className="plate">{plate}</span>
    </span>
  );
}
