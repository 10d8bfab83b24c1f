// The people whom tests of leads let the website capture.
export const person = (number, more) => ({
    firstName: "Person",
    lastName: `No${number}`,
    email: `p${number}@company${number}.example`,
    company: `Company ${number}`,
    country: "DE",
    form: "contact",
    intent: 40,
    ...more,
});
export const ada = { firstName: "Ada", lastName: "Bright", company: "Bright Robots", jobTitle: "Head of Logistics", phone: "+49 30 123456", form: "pricing", message: "Call me" };

// The rows of a list of leads.
export const only = async (server, query) => (await server.get(`/v1/leads?${query}`)).leads;
